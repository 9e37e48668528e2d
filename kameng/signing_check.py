"""Why a signature doesn't fit: tries the mistakes that programs make, and says which one it was.

Pure. It knows the request and the secret as the person typed them, and the signature (or the
canonical string) that their program made.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outbound.signing import Signable, canonical_string, signature

LINES: Sequence[str | Promise] = (
    gettext_lazy("the method"),
    gettext_lazy("the path and query"),
    gettext_lazy("the timestamp"),
    gettext_lazy("the nonce"),
    gettext_lazy("the SHA-256 of the body"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found. `fits` when there is nothing to mend; `is_sure` when the cause is known."""

    text: str
    fits: bool = False
    is_sure: bool = True


def check_signature(request: Signable, *, secret: str, key_id: str, given: str) -> Finding:
    """Whether `given` is the request's signature, and if not, what would have given it."""
    right = signature(secret, request)
    pasted = given.strip()
    if pasted.lower() == right:
        return Finding(_("The signature is right."), fits=True)
    for text, made in _mistakes(request, secret, key_id):
        if hmac.compare_digest(made.lower(), pasted.lower()):
            return Finding(text)
    if not re.fullmatch(r"[0-9a-fA-F]{64}", pasted):
        return Finding(
            _(
                "A signature is 64 hexadecimal digits; this has %(count)d characters. Give the"
                " HMAC-SHA256 in hexadecimal, neither in Base64 nor shortened."
            )
            % {"count": len(pasted)}
        )
    return Finding(
        _(
            "None of the usual mistakes gives this signature. Most often it is another secret, or a"
            " body that changed after it was signed. Paste the string that your program signs"
            " below: then the line that differs can be named."
        ),
        is_sure=False,
    )


def compare_strings(request: Signable, given: str) -> list[Finding]:
    """Which lines of a pasted canonical string differ from the right one, and how."""
    right = canonical_string(request)
    if given == right:
        return [Finding(_("The string is right: the secret or the HMAC differs."), fits=True)]
    # A form sends line ends as \r\n, and a person's editor may add one: not the program's doing.
    lines = given.replace("\r\n", "\n").removesuffix("\n").split("\n")
    wanted = right.split("\n")
    if lines == wanted:
        return [Finding(_("The string is right: the secret or the HMAC differs."), fits=True)]
    if len(lines) != len(wanted):
        return [
            Finding(
                _(
                    "The string has %(count)d lines, not 5: method, path and query, timestamp,"
                    " nonce, SHA-256 of the body, with a line feed between them."
                )
                % {"count": len(lines)}
            )
        ]
    return [
        Finding(
            _("Line %(number)d, %(what)s, differs: it is “%(given)s” and should be “%(right)s”.")
            % {"number": number, "what": what, "given": theirs[:200], "right": ours[:200]}
        )
        for number, (what, theirs, ours) in enumerate(
            zip(LINES, lines, wanted, strict=True), start=1
        )
        if theirs != ours
    ]


def _mistakes(request: Signable, secret: str, key_id: str) -> Iterator[tuple[str, str]]:
    """(the sentence, the signature that this mistake gives)."""
    for text, changed in _other_requests(request):
        yield text, signature(secret, changed)
    for text, other in _other_secrets(secret, key_id):
        yield text, signature(other, request)
    for text, string in _other_strings(request):
        yield text, _hmac(secret.encode(), string)
    yield from _other_algorithms(request, secret)


def _other_requests(request: Signable) -> Iterator[tuple[str, Signable]]:
    """Another method, path, timestamp or body than the ones that are sent."""
    path, _mark, query = request.path_and_query.partition("?")
    if request.method != request.method.lower():
        yield (
            _("The method was signed in lower case: sign %(method)s.")
            % {"method": request.method.upper()},
            replace(request, method=request.method.lower()),
        )
    if query:
        yield (
            _("The query was left out: sign the path together with everything after the “?”."),
            replace(request, path_and_query=path),
        )
        parts = "&".join(sorted(query.split("&")))
        yield (
            _("The query was sorted: sign it in the order in which it is sent."),
            replace(request, path_and_query=f"{path}?{parts}"),
        )
    for other in {unquote(request.path_and_query), quote(request.path_and_query, safe="/?&=")}:
        yield (
            _("The path was signed with another percent-encoding: sign it exactly as it is sent."),
            replace(request, path_and_query=other),
        )
    yield (
        _("The path was signed without its slash at the front."),
        replace(request, path_and_query=request.path_and_query.removeprefix("/")),
    )
    slashed = path.rstrip("/") if path.endswith("/") else f"{path}/"
    yield (
        _("The path was signed with another slash at its end: sign it as it is sent."),
        replace(request, path_and_query=slashed + (f"?{query}" if query else "")),
    )
    short = path.removeprefix("/api/v1")
    yield (
        _("The path was signed without “/api/v1”: sign all of it."),
        replace(request, path_and_query=short + (f"?{query}" if query else "")),
    )
    yield (
        _("The timestamp was signed in milliseconds: send and sign seconds."),
        replace(request, timestamp=f"{request.timestamp}000"),
    )
    yield from _other_bodies(request)


def _other_bodies(request: Signable) -> Iterator[tuple[str, Signable]]:
    if request.body:
        yield (
            _("The body was left out: sign the SHA-256 of the bytes that you send."),
            replace(request, body=b""),
        )
    else:
        for empty in (b"{}", b"null", b'""', b"[]"):
            yield (
                _("A body was signed (%(body)s), but none is sent: sign the SHA-256 of nothing.")
                % {"body": empty.decode()},
                replace(request, body=empty),
            )
    for rewritten in _rewritten(request.body):
        yield (
            _(
                "Another spelling of the JSON was signed than is sent (blanks, order or escapes):"
                " make the body once, then sign and send the same bytes."
            ),
            replace(request, body=rewritten),
        )


def _rewritten(body: bytes) -> Iterator[bytes]:
    """The same JSON as other libraries write it, and line ends as editors change them."""
    text = body.decode("utf-8", "replace")
    yield from (text.strip().encode(), f"{text}\n".encode(), text.replace("\n", "\r\n").encode())
    yield text.replace("\r\n", "\n").encode()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return
    for is_ascii in (False, True):
        for is_sorted in (False, True):
            for separators, indent in (
                ((",", ":"), None),
                ((", ", ": "), None),
                (None, 2),
                (None, 4),
            ):
                yield json.dumps(
                    value,
                    ensure_ascii=is_ascii,
                    sort_keys=is_sorted,
                    separators=separators,
                    indent=indent,
                ).encode()


def _other_secrets(secret: str, key_id: str) -> Iterator[tuple[str, str]]:
    yield _("The key's id was used as the secret."), key_id
    for other in {secret.strip(), f"{secret}\n", f"{secret}\r\n", f" {secret}", f"{secret} "}:
        yield _("There is a blank or a line end at the secret's start or end."), other
    yield (
        _("The secret was hashed first: use it as it was shown."),
        hashlib.sha256(secret.encode()).hexdigest(),
    )


def _other_strings(request: Signable) -> Iterator[tuple[str, str]]:
    """The right parts, joined wrongly."""
    right = canonical_string(request)
    method, path, timestamp, nonce, digest = right.split("\n")
    body = request.body.decode("utf-8", "replace")
    yield (
        _("There is a line feed at the end of the string: it ends with the SHA-256."),
        right + "\n",
    )
    yield _("The lines were joined by \\r\\n: join them by \\n."), right.replace("\n", "\r\n")
    yield (
        _("The lines were joined by a backslash and an n: join them by a line feed."),
        (right.replace("\n", "\\n")),
    )
    for sign in ("", "&", "|", ",", " ", ":"):
        yield (
            _("The parts were joined by “%(sign)s”: join them by a line feed.") % {"sign": sign},
            right.replace("\n", sign),
        )
    yield (
        _("The nonce and the timestamp changed places."),
        "\n".join((method, path, nonce, timestamp, digest)),
    )
    if body:
        yield (
            _("The body itself was signed: sign its SHA-256 in hexadecimal."),
            "\n".join((method, path, timestamp, nonce, body)),
        )
    yield (
        _("The SHA-256 of the body was written in capitals: write it in lower case."),
        "\n".join((method, path, timestamp, nonce, digest.upper())),
    )
    raw = hashlib.sha256(request.body).digest()
    yield (
        _("The SHA-256 of the body was given in Base64: give it in hexadecimal."),
        "\n".join((method, path, timestamp, nonce, base64.b64encode(raw).decode())),
    )
    yield (
        _("The SHA-256 of the body is missing: without a body, sign that of nothing."),
        "\n".join((method, path, timestamp, nonce)),
    )
    yield (
        _("The last line was left empty: without a body, sign the SHA-256 of nothing."),
        ("\n".join((method, path, timestamp, nonce, ""))),
    )


def _other_algorithms(request: Signable, secret: str) -> Iterator[tuple[str, str]]:
    text = canonical_string(request)
    key, message = secret.encode(), text.encode()
    raw = hmac.new(key, message, hashlib.sha256).digest()
    for encoded in (base64.b64encode(raw), base64.urlsafe_b64encode(raw).rstrip(b"=")):
        yield _("The HMAC was given in Base64: give it in hexadecimal."), encoded.decode()
    for name in ("md5", "sha1", "sha512"):
        yield (
            _("HMAC-%(name)s was used: use HMAC-SHA256.") % {"name": name.upper()},
            hmac.new(key, message, name).hexdigest(),
        )
    for joined in (secret + text, text + secret, text):
        yield (
            _("A plain SHA-256 was used: use HMAC-SHA256 with the secret as its key."),
            hashlib.sha256(joined.encode()).hexdigest(),
        )
    yield (
        _("The secret and the string changed places in the HMAC: the secret is its key."),
        hmac.new(message, key, hashlib.sha256).hexdigest(),
    )
    decoders: Sequence[Callable[[str], bytes]] = (bytes.fromhex, _from_base64)
    for decode in decoders:
        try:
            other = decode(secret)
        except ValueError:
            continue
        yield (
            _("The secret was decoded first: use its characters as they are."),
            hmac.new(other, message, hashlib.sha256).hexdigest(),
        )


def _from_base64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _hmac(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
