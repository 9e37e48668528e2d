"""Numbers that people and suppliers see: time-ordered, 20 digits, unguessable in their tail."""

from __future__ import annotations

import secrets

from django.utils import timezone


def new_number() -> str:
    """yyMMddHHmmss and 8 random digits; uniqueness is the database's (8–32 alphanumeric)."""
    return f"{timezone.localtime():%y%m%d%H%M%S}{secrets.randbelow(10**8):08d}"
