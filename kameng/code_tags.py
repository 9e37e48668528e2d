"""Finding a code again without keeping it: keyed hashes of what a person may still know of it.

Whole numbers and secrets, and their last four characters. The agent is part of the hash, so that
nobody's search touches another's codes, and the key keeps the hashes from being tried out.
"""

from __future__ import annotations

import hmac
import unicodedata

from django.conf import settings

END = 4
_TAG_BYTES = 8


def plain(text: str) -> str:
    """As codes are compared: no dashes and blanks, capitals, full-width signs as plain ones."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(one for one in folded if one.isalnum())


def tags_of(agent_id: int, *, number: str, secret: str) -> list[int]:
    """What a code is found by."""
    tags: dict[int, None] = {}
    for part in (plain(number), plain(secret)):
        if part:
            tags[_tag(agent_id, "whole", part)] = None
        if len(part) > END:
            tags[_tag(agent_id, "end", part[-END:])] = None
    return list(tags)


def tags_for(agent_id: int, typed: str) -> list[int]:
    """What a search looks for: the whole text, each of its words, or an end of four."""
    words = {plain(typed), *(plain(word) for word in typed.split())}
    tags = []
    for word in words:
        if len(word) >= END:
            tags.append(_tag(agent_id, "whole", word))
        if len(word) == END:
            tags.append(_tag(agent_id, "end", word))
    return tags


def _tag(agent_id: int, kind: str, text: str) -> int:
    message = f"owned code|{agent_id}|{kind}|{text}".encode()
    digest = hmac.digest(settings.CARD_FINGERPRINT_KEY.encode(), message, "sha256")
    return int.from_bytes(digest[:_TAG_BYTES], "big", signed=True)


def masked(number: str, secret: str) -> str:
    """Enough to recognise a code by, too little to use it."""
    shown = number or secret
    return f"•••• {shown[-END:]}" if len(shown) > 2 * END else "••••••••"
