"""Our numbers with a gateway: time-ordered, alphanumeric, at most 32 characters."""

from __future__ import annotations

import secrets

from django.utils import timezone


def new_number(prefix: str) -> str:
    return f"{prefix}{timezone.localtime():%y%m%d%H%M%S}{secrets.randbelow(10**8):08d}"
