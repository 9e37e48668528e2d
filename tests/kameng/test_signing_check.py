"""A signature that doesn't fit is explained: each usual mistake is named as what it is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from kameng.signing_check import check_signature, compare_strings
from outbound.signing import Signable, canonical_string, signature

SECRET, KEY = "a-secret-of-32-characters-or-more", "ak_0123456789"
BODY = json.dumps({"sku": "steam-100", "quantity": 2, "note": "华东"}, ensure_ascii=False).encode()
ORDER = Signable("POST", "/api/v1/orders", "1795478402", "5f0c7a1e9b3d4c2f", BODY)
READ = Signable(
    "GET", "/api/v1/products?q=%E5%95%86&kind=card", "1795478402", "0123456789abcdef", b""
)


def mac(text: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def with_lines(request: Signable, change: Callable[[list[str]], str]) -> str:
    return mac(change(canonical_string(request).split("\n")))


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def found(request: Signable, given_signature: str) -> str:
    finding = check_signature(request, secret=SECRET, key_id=KEY, given=given_signature)
    assert not finding.fits
    assert finding.is_sure
    return finding.text


@pytest.mark.parametrize("request_", [ORDER, READ], ids=["order", "read"])
def test_the_right_one_fits_in_capitals_too(request_: Signable) -> None:
    for text in (signature(SECRET, request_), f" {signature(SECRET, request_).upper()}\n"):
        assert check_signature(request_, secret=SECRET, key_id=KEY, given=text).fits


@pytest.mark.parametrize(
    ("request_", "made", "named"),
    [
        (ORDER, with_lines(ORDER, lambda p: "\n".join(["post", *p[1:]])), "lower case"),
        (READ, with_lines(READ, lambda p: "\n".join([p[0], p[1].split("?")[0], *p[2:]])), "query"),
        (
            READ,
            with_lines(
                READ,
                lambda p: "\n".join([p[0], "/api/v1/products?kind=card&q=%E5%95%86", *p[2:]]),
            ),
            "sorted",
        ),
        (
            READ,
            with_lines(
                READ, lambda p: "\n".join([p[0], "/api/v1/products?q=商&kind=card", *p[2:]])
            ),
            "percent-encoding",
        ),
        (ORDER, with_lines(ORDER, lambda p: "\n".join([p[0], "/orders", *p[2:]])), "/api/v1"),
        (ORDER, with_lines(ORDER, lambda p: "\n".join([p[0], p[1] + "/", *p[2:]])), "slash"),
        (ORDER, with_lines(ORDER, lambda p: "\n".join([*p[:2], p[2] + "000", *p[3:]])), "millisec"),
        (ORDER, with_lines(ORDER, lambda p: "\n".join([*p[:4], BODY.decode()])), "body itself"),
        (ORDER, with_lines(ORDER, lambda p: "\n".join([*p[:4], p[4].upper()])), "capitals"),
        (ORDER, with_lines(ORDER, lambda p: "\n".join(p) + "\n"), "line feed at the end"),
        (ORDER, with_lines(ORDER, lambda p: "\r\n".join(p)), "\\r\\n"),
        (ORDER, with_lines(ORDER, lambda p: "&".join(p)), "joined by “&”"),
        (ORDER, with_lines(ORDER, lambda p: "".join(p)), "joined"),
        (ORDER, with_lines(ORDER, lambda p: "\n".join([p[0], p[1], p[3], p[2], p[4]])), "places"),
        (READ, with_lines(READ, lambda p: "\n".join([*p[:4], ""])), "left empty"),
        (READ, with_lines(READ, lambda p: "\n".join(p[:4])), "missing"),
        (ORDER, mac(canonical_string(ORDER), KEY), "key's id"),
        (ORDER, mac(canonical_string(ORDER), SECRET + "\n"), "line end at the secret"),
        (
            ORDER,
            hashlib.sha256((SECRET + canonical_string(ORDER)).encode()).hexdigest(),
            "plain SHA-256",
        ),
        (
            ORDER,
            hmac.new(SECRET.encode(), canonical_string(ORDER).encode(), "sha1").hexdigest(),
            "SHA1",
        ),
        (
            ORDER,
            base64.b64encode(
                hmac.new(SECRET.encode(), canonical_string(ORDER).encode(), "sha256").digest()
            ).decode(),
            "Base64",
        ),
        (ORDER, "abc", "64 hexadecimal digits"),
    ],
)
def test_a_mistake_is_named(request_: Signable, made: str, named: str) -> None:
    assert named in found(request_, made)


def test_a_body_that_was_left_out() -> None:
    bare = Signable(ORDER.method, ORDER.path_and_query, ORDER.timestamp, ORDER.nonce, b"")
    assert "left out" in found(ORDER, signature(SECRET, bare))


@pytest.mark.parametrize("style", [{"separators": (",", ":")}, {"indent": 2}, {"sort_keys": True}])
def test_another_spelling_of_the_body(style: dict[str, object]) -> None:
    other = json.dumps(json.loads(BODY), **style).encode()  # type: ignore[arg-type]
    changed = Signable(ORDER.method, ORDER.path_and_query, ORDER.timestamp, ORDER.nonce, other)
    assert "spelling of the JSON" in found(ORDER, signature(SECRET, changed))


def test_another_secret_is_admitted_to_be_a_guess() -> None:
    finding = check_signature(
        ORDER, secret=SECRET, key_id=KEY, given=signature("another one", ORDER)
    )
    assert not finding.fits
    assert not finding.is_sure


@given(
    line=st.integers(0, 4),
    text=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1),
)
def test_the_line_that_differs_is_named(line: int, text: str) -> None:
    lines = canonical_string(ORDER).split("\n")
    is_same = lines[line] == text
    lines[line] = text
    findings = compare_strings(ORDER, "\r\n".join(lines) + "\r\n")
    if is_same:
        assert findings[0].fits
    else:
        (finding,) = findings
        assert f"{line + 1}" in finding.text
        assert text[:200] in finding.text


def test_too_few_lines() -> None:
    (finding,) = compare_strings(ORDER, "POST\n/api/v1/orders")
    assert "2" in finding.text
