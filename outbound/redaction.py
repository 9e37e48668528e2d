"""Making a wire text fit to be kept: no signature, no key, no card code.

Two nets: a value is hidden when its name says that it is secret, wherever it stands (JSON, JSON in
a string of JSON, a form, an address), and every secret that we hold ourselves is hidden wherever it
appears. A body of another shape, in which a code could hide, is kept only as its length.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlsplit

from outbound.texts import storable

HIDDEN = "•••"
KEPT_CHARACTERS = 4000
_SECRET_NAME = re.compile(
    r"(^|[_-])(sign|signature|secret|token|key|keys|password|passwd|pwd|pass|pin|code_secret|"
    r"card|cards|card_?number|card_?pwd|card_?no|serial|authorization|auth|nonce|md5_str|userpws)$",
    re.IGNORECASE,
)
_SECRET_CAMEL = re.compile(r"[a-z](Sign|Signature|Secret|Token|Key|Password|Pin|Card|Cards)$")
# name=value, name: value, "name": "value" and the same with escaped quotes.
_NAMED_VALUE = re.compile(
    r"""(?P<before>(?P<name>[A-Za-z][\w-]{1,40})\\?["']?\s*[:=]\s*\\?["']?)(?P<value>[^\s"'\\<>&,;}\]]+)"""
)
_BEARER = re.compile(r"\b((?:Bearer|Basic)\s+)[A-Za-z0-9+/_.=~-]{8,}", re.IGNORECASE)
# Names that read like secrets, hold none, and tell much.
_PLAIN_NAMES = frozenset({"card_type", "cardid", "cardnum", "cardname"})
_SHORTEST_SECRET = 6


def redact(text: str | bytes, *, secrets: Iterable[str] = ()) -> str:
    """The text as it may be kept and shown to staff, at most KEPT_CHARACTERS long."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    if not text:
        return ""
    return storable(_without(_body(text), secrets)[:KEPT_CHARACTERS])


def redact_url(url: str, *, secrets: Iterable[str] = ()) -> str:
    """An address with the secret parts of its query hidden."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    query = _form(parts.query) if parts.query else ""
    host = parts.netloc.rpartition("@")[2]
    shown = _without(parts._replace(query=query, netloc=host).geturl(), secrets)
    return storable(shown[:KEPT_CHARACTERS])


def hide_named(text: str, *, secrets: Iterable[str] = ()) -> str:
    """A text of any shape, cut off anywhere, with every value hidden whose name says secret.

    For what an agent's own program answers, shown to that agent: unlike `redact` it keeps prose.
    """

    def hidden(found: re.Match[str]) -> str:
        name = found["name"]
        return f"{found['before']}{HIDDEN}" if _is_secret(name) else found[0]

    text = _NAMED_VALUE.sub(hidden, _BEARER.sub(rf"\1{HIDDEN}", text))
    return _without(text, secrets)


def _body(text: str) -> str:
    stripped = text.strip()
    if stripped[:1] in ("{", "["):
        try:
            return json.dumps(_value(json.loads(stripped)), ensure_ascii=False)
        except (ValueError, RecursionError):
            return _unreadable(text)
    if re.fullmatch(r"[^\s<>=&]+=[^\s<>]*", stripped):
        return _form(stripped)
    if len(stripped) <= 32 and re.fullmatch(r"[\w .:/-]+", stripped):  # "success"
        return stripped
    return _unreadable(text)


def _unreadable(text: str) -> str:
    """Its length only, and its first word when that is a tag: it may hold anything."""
    tag = re.match(r"\s*(<[a-zA-Z!/?][a-zA-Z]*)", text)
    return f"{tag.group(1) + '… ' if tag else ''}({len(text)} characters, not readable)"


def _value(value: object, name: str = "") -> object:
    if _is_secret(name) and not isinstance(value, bool) and value not in ("", None, [], {}):
        return f"{HIDDEN} ×{len(value)}" if isinstance(value, list) else HIDDEN
    if isinstance(value, Mapping):
        return {str(key): _value(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_value(inner) for inner in value]
    if isinstance(value, str) and value[:1] in ("{", "["):
        return _body(value)
    return value


def _form(text: str) -> str:
    pairs = parse_qsl(text, keep_blank_values=True)
    return "&".join(f"{name}={_value(value, name)}" for name, value in pairs)


def _is_secret(name: str) -> bool:
    if not name or name in _PLAIN_NAMES:
        return False
    return bool(_SECRET_NAME.search(name) or _SECRET_CAMEL.search(name))


def _without(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN)
    return text
