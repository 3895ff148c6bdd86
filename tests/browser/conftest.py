"""One Chromium for all tests of this folder that ask for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.notebook_server import CHROMIUM
from tests.browser.story import PATIENCE


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Chromium as people have it, but for what it would ask its maker's servers."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(CHROMIUM)
        )
        yield browser
        browser.close()
