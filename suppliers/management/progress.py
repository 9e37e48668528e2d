"""A progress bar on standard error, for people only: silent when that isn't a terminal."""

from __future__ import annotations

import sys
import time
from types import TracebackType

WIDTH = 30
REDRAW_SECONDS = 0.1


class ProgressBar:
    """`[#####     ] 17%  170,000 lines  41,000/s`; counts only when the size isn't known."""

    def __init__(self, size: int | None) -> None:
        self.size = size
        self.is_shown = sys.stderr.isatty()
        self.started_at = time.monotonic()
        self.drawn_at = 0.0

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.is_shown and self.drawn_at:
            sys.stderr.write("\n")

    def show(self, bytes_read: int, lines: int) -> None:
        now = time.monotonic()
        is_last = self.size is not None and bytes_read >= self.size
        if not self.is_shown or (now - self.drawn_at < REDRAW_SECONDS and not is_last):
            return
        self.drawn_at = now
        share = ""
        if self.size:
            part = min(1.0, bytes_read / self.size)
            share = f"[{'#' * int(part * WIDTH):<{WIDTH}}] {part:4.0%}  "
        rate = lines / max(now - self.started_at, 0.001)
        sys.stderr.write(f"\r{share}{lines:,} lines  {rate:,.0f}/s ")
        sys.stderr.flush()
