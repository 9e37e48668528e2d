"""A person's reason for something that the audit log keeps."""

from __future__ import annotations

from suppliers.errors import ReasonNeeded


def given(reason: str) -> str:
    """The reason without spaces around it; raises ReasonNeeded when there is none."""
    reason = reason.strip()
    if not reason:
        raise ReasonNeeded(field="reason")
    return reason
