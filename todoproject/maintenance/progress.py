"""How far a run is: one line that rewrites itself on a terminal, a plain line now and then in a log."""

import threading
import time

from django.core.management.base import OutputWrapper

_TERMINAL_PAUSE = 0.2
_LOG_PAUSE = 10


class Progress:
    def __init__(self, output: OutputWrapper) -> None:
        self._output = output
        self._terminal = output.isatty()
        self._lock = threading.Lock()
        self._line_open = False
        self.begin("", None)

    def begin(self, name: str, total: int | None) -> None:
        """`total` is about how many steps there will be, where that is known."""
        self._name, self._total, self._done = name, total, 0
        self._began = self._said = time.monotonic()

    def advance(self, steps: int = 1) -> None:
        with self._lock:
            self._done += steps
            now = time.monotonic()
            if now - self._said >= (_TERMINAL_PAUSE if self._terminal else _LOG_PAUSE):
                self._said = now
                self._write(self._line(now))

    def say(self, line: str) -> None:
        """A line of its own, whatever is being rewritten."""
        with self._lock:
            self._close()
            self._output.write(line)

    def end(self) -> None:
        with self._lock:
            self._close()

    def _line(self, now: float) -> str:
        rate = self._done / max(now - self._began, 0.001)
        parts = [f"{self._name}: {self._done:,}", f"{rate:,.0f} a second"]
        if self._total and self._done:
            left = max(self._total - self._done, 0) / max(rate, 0.001)
            parts[0] += f" of about {self._total:,}"
            parts.append(f"{int(left // 60)}:{int(left % 60):02} left")
        return ", ".join(parts)

    def _write(self, line: str) -> None:
        if self._terminal:
            self._output.write(f"\r\x1b[K{line}", ending="")
            self._output.flush()
            self._line_open = True
        else:
            self._output.write(line)

    def _close(self) -> None:
        if self._line_open:
            self._output.write("\r\x1b[K", ending="")
            self._line_open = False
