"""Slowing down whoever guesses: each failure makes the next try wait longer."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

_MOST_KEYS = 10_000


@dataclass
class _Tries:
    failures: int
    last: float


@dataclass(frozen=True)
class Pace:
    """How fast a key may fail.

    Attributes:
        free: failures without any wait.
        first: the wait after them, in seconds; each further failure doubles it.
        longest: the longest wait, in seconds.
        forget: seconds without a failure after which all is forgotten.
    """

    free: int
    first: float
    longest: float
    forget: float


class Throttle:
    """Failures by key, in memory.

    A try counts as failed from its begin until it has succeeded, so that a thousand at once gain
    nothing.
    """

    def __init__(self, pace: Pace, clock: Callable[[], float] = time.monotonic) -> None:
        self._pace = pace
        self._clock = clock
        self._tries: dict[Hashable, _Tries] = {}

    def wait(self, key: Hashable) -> float:
        """Return for how many seconds this key has to wait still; 0 where it may try."""
        tries = self._known(key)
        if tries is None or tries.failures < self._pace.free:
            return 0.0
        doubled = self._pace.first * 2.0 ** min(tries.failures - self._pace.free, 60)
        return max(0.0, tries.last + min(doubled, self._pace.longest) - self._clock())

    def begin(self, key: Hashable) -> None:
        """Count a try as failed, until :meth:`succeeded` or :meth:`forgive`."""
        if len(self._tries) >= _MOST_KEYS:
            self._drop_old()
        tries = self._known(key)
        self._tries[key] = _Tries((tries.failures if tries else 0) + 1, self._clock())

    def succeeded(self, key: Hashable) -> None:
        """Forget this key's failures."""
        self._tries.pop(key, None)

    def forgive(self, key: Hashable) -> None:
        """Take one failure back."""
        tries = self._tries.get(key)
        if tries is not None:
            tries.failures = max(0, tries.failures - 1)

    def _known(self, key: Hashable) -> _Tries | None:
        tries = self._tries.get(key)
        if tries is None or self._clock() - tries.last > self._pace.forget:
            return None
        return tries

    def _drop_old(self) -> None:
        """Make room: first what is forgotten anyway, then the longest unseen tenth."""
        kept = {key: tries for key, tries in self._tries.items() if self._known(key) is not None}
        if len(kept) >= _MOST_KEYS:
            newest = sorted(kept.items(), key=lambda item: item[1].last)[_MOST_KEYS // 10 :]
            kept = dict(newest)
        self._tries = kept
