"""The built course site, compressed, with headers that keep other hosts out of its pages."""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path
from typing import Any

from tornado.web import HTTPError, StaticFileHandler

COMPRESSED = frozenset({
    ".html", ".css", ".js", ".mjs", ".json", ".svg", ".txt", ".xml", ".ipynb", ".map", ".ico",
})  # fmt: skip
LARGEST = 8 * 1024 * 1024
"""The largest file that is compressed and kept in memory, in bytes."""
LONG_LIVED = 31_536_000
POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    ]
)
"""Material's pages set up themselves in inline scripts; nothing in them is a participant's."""


class SiteHandler(StaticFileHandler):
    """Serves the site: folders by their index, gzip where it helps, the site's own 404 page."""

    def initialize(self, path: str) -> None:
        """Take the site's folder."""
        super().initialize(path, default_filename="index.html")

    def set_default_headers(self) -> None:
        """Set what every answer carries."""
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Vary", "Accept-Encoding")

    async def get(self, path: str, include_body: bool = True) -> None:
        """Serve a file; a range of it, or a large one, as it lies on disk.

        Raises:
            HTTPError: 404 where there is none.
        """
        if "\0" in path:
            raise HTTPError(404)
        self.path = self.parse_url_path(path)
        absolute = self.get_absolute_path(self.root, self.path)
        found = self.validate_absolute_path(self.root, absolute)
        if found is None:
            return  # redirected to the folder's address
        file = Path(found)
        accepts = "gzip" in self.request.headers.get("Accept-Encoding", "")
        ranged = "Range" in self.request.headers
        if not accepts or ranged or file.suffix not in COMPRESSED or _size(file) > LARGEST:
            await super().get(path, include_body)
            return
        self.absolute_path = found
        self.modified = self.get_modified_time()
        self.set_headers()
        if self.should_return_304():
            self.set_status(304)
            return
        status = file.stat()
        body = _compressed(file, status.st_mtime_ns, status.st_size)
        self.set_header("Content-Encoding", "gzip")
        self.set_header("Content-Length", len(body))
        if include_body:
            self.write(body)

    def set_extra_headers(self, path: str) -> None:
        """Let browsers keep what has a digest in its name, and ask again for the rest."""
        hashed = path.startswith("assets/") and len(path.split(".")) > 3
        self.set_header(
            "Cache-Control",
            f"public, max-age={LONG_LIVED}, immutable" if hashed else "no-cache",
        )

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with the site's own page for what is not there."""
        page = Path(self.root, "404.html")
        if status_code in (403, 404) and page.is_file():
            self.set_status(404)
            self.set_header("Content-Type", "text/html; charset=UTF-8")
            self.finish(page.read_bytes())
            return
        super().write_error(status_code, **kwargs)

    def data_received(self, chunk: bytes) -> None:
        """Take no body.

        Raises:
            HTTPError: always.
        """
        raise HTTPError(400)


def _size(file: Path) -> int:
    return file.stat().st_size


@lru_cache(maxsize=512)
def _compressed(file: Path, modified: int, size: int) -> bytes:
    """Compress a file once for each of its versions."""
    return gzip.compress(file.read_bytes(), compresslevel=6, mtime=0)
