"""Start a child that cannot outlive us; find and stop what an earlier run left behind."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
UNPRIVILEGED_USER = "nobody"
POLL_SECONDS = 0.02

# Loaded before any fork: a forked child must not import anything.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(sig: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn` that has the kernel send `sig` when the thread that forked is gone.

    Only Linux can do this; elsewhere the next start stops what was left (`stop_recorded`).
    """
    if _libc is None:
        return None
    libc, parent = _libc, os.getpid()

    def in_child() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(sig), 0, 0, 0)
        if os.getppid() != parent:  # the parent died before prctl took hold
            os._exit(1)

    return in_child


def follow_parent(sig: signal.Signals) -> None:
    """Have the kernel send `sig` to this process when the one that started it is gone."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(sig), 0, 0, 0)


def unprivileged() -> pwd.struct_passwd | None:
    """Whom to become for PostgreSQL, which refuses to run as root; None when we aren't root."""
    return pwd.getpwnam(UNPRIVILEGED_USER) if os.geteuid() == 0 else None


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """Names one process for good: its number alone may be given to another one later."""

    pid: int
    started_at: str
    command: str

    @classmethod
    def of(cls, pid: int) -> ProcessRecord | None:
        """The record of a living process, or None. A zombie is not living."""
        return _record_from_proc(pid) if sys.platform == "linux" else _record_from_ps(pid)

    def is_alive(self) -> bool:
        return ProcessRecord.of(self.pid) == self

    def write(self, path: Path) -> None:
        replacement = path.with_name(f"{path.name}.new")
        replacement.write_text(json.dumps(asdict(self)) + "\n")
        replacement.replace(path)

    @classmethod
    def read(cls, path: Path) -> ProcessRecord | None:
        """What was written; whether that process still lives is another question."""
        try:
            return cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    @classmethod
    def read_living(cls, path: Path) -> ProcessRecord | None:
        """What was written, if that very process still lives."""
        record = cls.read(path)
        return record if record and record.is_alive() else None


def _record_from_proc(pid: int) -> ProcessRecord | None:
    try:
        # "12 (name) S …": the name may hold anything, the fields after it are plain.
        head, _, tail = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    except OSError:
        return None
    fields = tail.split()
    if fields[0] in "ZX":
        return None
    # Servers rewrite their command line; the kernel's name of the program stays.
    return ProcessRecord(pid, started_at=fields[19], command=head.partition("(")[2])


def _record_from_ps(pid: int) -> ProcessRecord | None:
    output = subprocess.run(
        ["ps", "-o", "stat=,lstart=,comm=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    if len(output) < 7 or output[0].startswith("Z"):
        return None
    return ProcessRecord(pid, " ".join(output[1:6]), " ".join(output[6:]))


def spawn(
    command: Sequence[str],
    *,
    log_path: Path,
    env: Mapping[str, str] | None = None,
    user: pwd.struct_passwd | None = None,
    die_signal: signal.Signals | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, so that a Ctrl-C reaches us and not it.

    `die_signal`: what it gets when we are gone, however that happened; without it the server
    stays. Switching the user clears that wish in the kernel, which is why `preexec_fn`, called
    after the switch, sets it.
    """
    with log_path.open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=None if env is None else dict(env),
            start_new_session=True,
            preexec_fn=die_with_parent(die_signal) if die_signal else None,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )


def wait_until(condition: Callable[[], bool], *, timeout_seconds: float) -> bool:
    """Poll until `condition` holds; say whether it did in time."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def stop_recorded(record: ProcessRecord, sig: signal.Signals, *, timeout_seconds: float) -> None:
    """Stop a process that need not be our child: ask with `sig`, then insist with SIGKILL."""
    for attempt in (sig, signal.SIGKILL):
        if not record.is_alive():
            return
        os.kill(record.pid, attempt)
        if wait_until(lambda: _is_gone(record), timeout_seconds=timeout_seconds):
            return


def _is_gone(record: ProcessRecord) -> bool:
    if record.is_alive():
        return False
    with contextlib.suppress(ChildProcessError):  # when it is our child, nobody else collects it
        os.waitpid(record.pid, os.WNOHANG)
    return True
