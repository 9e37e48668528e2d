"""People in the back office."""

from __future__ import annotations

from users.admin import people, texts

__all__ = ["people", "texts"]
