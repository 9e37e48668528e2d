"""The processor's time that others use up, by Linux's own books.

Purchases per second depend on what else the machine does; what a purchase costs hardly does.
"""

from __future__ import annotations

import os
import resource
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def of_process(pid: int) -> float:
    """Seconds of one living process."""
    own, system, _, _ = _times(pid)
    return own + system


def of_ended_children(pid: int) -> float:
    """Seconds of the children of a process that have ended."""
    _, _, own, system = _times(pid)
    return own + system


def of_my_ended_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def parent_of(pid: int) -> int:
    return int(_fields(pid)[1])


def children_of(pid: int) -> set[int]:
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def _times(pid: int) -> tuple[float, float, float, float]:
    own, system, childrens, childrens_system = (int(n) / _TICKS for n in _fields(pid)[11:15])
    return own, system, childrens, childrens_system


def _fields(pid: int) -> list[str]:
    """What stands after the process's name, which may contain anything (proc_pid_stat(5))."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
