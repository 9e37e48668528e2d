"""Our numbers with the outside world: time-ordered, alphanumeric, at most 32 characters."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.utils import timezone


def new_number(prefix: str = "") -> str:
    """`prefix`, yyMMddHHmmss and 10 random digits; uniqueness is the database's."""
    now = datetime.now(timezone.get_default_timezone())
    return f"{prefix}{now:%y%m%d%H%M%S}{secrets.randbelow(10**10):010d}"
