"""The phones of people in tests: what was sent to them, and a minute that passes."""

from __future__ import annotations

from django.core.cache import cache

from database.sealing import unseal
from tests import world
from users.models import OutgoingText


def new_phone() -> str:
    """A number that no other test has asked codes for."""
    return f"139{world.next_number():08d}"


def code_for(phone: str) -> str:
    """The digits of the latest message to a number."""
    text = OutgoingText.objects.filter(phone=phone).latest("pk")
    assert text.sealed_code is not None, "it has been sent, and forgotten"
    return unseal(text.sealed_code, context=f"text:{phone}".encode()).decode()


def other_than(code: str) -> str:
    """Six digits that aren't these."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def let_a_minute_pass(phone: str) -> None:
    """So that another code may be asked for: the store's own clock can't be moved."""
    cache.delete(f"code-pause:{phone}")
