"""One process of the Procfile: started, restarted with back-off, stopped with all it forked."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO

from config.embedded.errors import ServerError
from config.processes import ProcessRecord, die_with_parent, stop_recorded, wait_until

FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 30.0
# A process that has lived this long was well; its next death starts the back-off anew.
PROOF_SECONDS = 30.0
LAST_LINES = 200
LEFTOVER_TIMEOUT_SECONDS = 5
# A group may also be zombies that a careless process 1 never collects; they hold nothing.
LEFTOVER_GROUP_TIMEOUT_SECONDS = 1

EXCEPTION = re.compile(r"^[A-Za-z_][\w.]*(Error|Exception|Configured|NotReady)\b.*: ")

Say = Callable[[str, str], None]


class Child:
    """A process that should be running. Only the main thread may call its methods.

    The kernel ties the child to the thread that forked it, and the main thread lives longest.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        record_path: Path,
        say: Say,
    ) -> None:
        self.name = name
        self.quick_deaths = 0
        self._last_lines: deque[str] = deque(maxlen=LAST_LINES)
        self._command = list(command)
        self._env = dict(env)
        self._cwd = cwd
        self._record_path = record_path
        self._say = say
        self._process: subprocess.Popen[str] | None = None
        self._started_at = 0.0
        self._restart_at = 0.0

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def reason(self) -> str:
        """The line of its last words that tells most: an exception's message, or the last one."""
        lines = list(self._last_lines)
        return next((line for line in reversed(lines) if EXCEPTION.match(line)), None) or (
            lines[-1] if lines else "it said nothing"
        )

    def start(self) -> None:
        """Start it in a session of its own, so that the terminal's Ctrl-C reaches only us."""
        try:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._cwd,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
                # What a killed process leaves undone is found by the sweepers at the next start.
                preexec_fn=die_with_parent(signal.SIGKILL),
            )
        except OSError as error:
            raise ServerError(f"{self.name} can't start: {error.strerror}") from error
        if record := ProcessRecord.of(self._process.pid):
            record.write(self._record_path)
        self._started_at = time.monotonic()
        assert self._process.stdout is not None
        threading.Thread(target=self._relay, args=[self._process.stdout], daemon=True).start()

    def keep_running(self) -> None:
        """Start it again if it died and its pause is over. Called over and over."""
        now = time.monotonic()
        if self._process is None:
            if now >= self._restart_at:
                self.start()
            return
        status = self._process.poll()
        if status is None:
            return
        _end_group(self._process.pid)
        self.quick_deaths = 0 if now - self._started_at > PROOF_SECONDS else self.quick_deaths + 1
        exponent = max(self.quick_deaths - 1, 0)
        delay = min(FIRST_DELAY_SECONDS * 2**exponent, LONGEST_DELAY_SECONDS)
        self._say(self.name, f"ended ({_cause(status)}); starts again in {delay:g} s")
        self._process = None
        self._restart_at = now + delay

    def ask_to_stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait_until_stopped(self, deadline: float, *, hurry: Callable[[], bool]) -> None:
        """Wait until `deadline` (monotonic) or until `hurry()`, then kill it and what it forked."""
        if self._process is None:
            return
        while self._process.poll() is None and time.monotonic() < deadline and not hurry():
            time.sleep(0.02)
        if self._process.poll() is None:
            self._say(self.name, "doesn't end in time; killed")
        _end_group(self._process.pid)
        self._process.wait()
        self._process = None
        self._record_path.unlink(missing_ok=True)

    def _relay(self, output: IO[str]) -> None:
        with suppress(ValueError), output:
            for line in output:
                if line.strip():
                    self._last_lines.append(line.rstrip())
                    self._say(self.name, line.rstrip())


def _cause(status: int) -> str:
    if status >= 0:
        return f"status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def stop_leftovers(record_dir: Path) -> None:
    """Stop what a killed supervisor left, as told by the records of its children.

    A child may be gone and what it forked still be there, in the process group of its number. The
    kernel gives a number to nobody else while a group bears it, so such a group is the child's.
    """
    for path in record_dir.glob("*.json"):
        record = ProcessRecord.read(path)
        if record is not None and ProcessRecord.of(record.pid) in (None, record):
            stop_recorded(record, signal.SIGTERM, timeout_seconds=LEFTOVER_TIMEOUT_SECONDS)
            group_is_gone = partial(_end_group, record.pid)
            wait_until(group_is_gone, timeout_seconds=LEFTOVER_GROUP_TIMEOUT_SECONDS)
        path.unlink(missing_ok=True)


def _end_group(group: int) -> bool:
    """Kill what there is of a process group; say whether it is gone."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
        return True
    return False
