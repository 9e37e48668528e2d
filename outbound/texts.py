"""Texts that somebody else wrote, made fit for a database."""

from __future__ import annotations


def storable(text: str) -> str:
    """The text without what PostgreSQL can't store: NUL, and halves of surrogate pairs."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "")
