"""Reading what came in an address or a form outside of Django's form fields."""

from __future__ import annotations

from collections.abc import Mapping


def typed(data: Mapping[str, str], name: str, *, max_length: int) -> str:
    """One value as a trimmed line of printable text, cut to `max_length`; "" when it is missing.

    What can't be printed is dropped: PostgreSQL refuses NUL in a comparison.
    """
    text = data.get(name, "")[: max_length * 4]
    return "".join(character for character in text if character.isprintable()).strip()[:max_length]
