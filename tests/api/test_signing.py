"""The signature itself, against worked examples that were made with openssl."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import RequestFactory

import kameng.api
from kameng.api.addresses import path_and_query
from outbound.signing import Signable, canonical_string, is_signed_by, signature, signed_headers
from tests.api.client import sign

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(kameng.api.__path__[0]) / "signing_vectors.json").read_text()
)


def signable(vector: dict[str, Any]) -> Signable:
    return Signable(
        vector["method"],
        vector["path_and_query"],
        vector["timestamp"],
        vector["nonce"],
        vector["body"].encode(),
    )


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_examples_come_out(vector: dict[str, Any]) -> None:
    assert canonical_string(signable(vector)) == vector["canonical_string"]
    assert signature(vector["secret"], signable(vector)) == vector["signature"]
    assert is_signed_by(vector["secret"], signable(vector), vector["signature"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_a_client_written_from_the_contract_signs_alike(vector: dict[str, Any]) -> None:
    assert (
        sign(
            vector["secret"],
            vector["method"],
            vector["path_and_query"],
            vector["timestamp"],
            vector["nonce"],
            vector["body"].encode(),
        )
        == vector["signature"]
    )


@pytest.mark.parametrize(
    "given", ["", "0" * 64, "zz", VECTORS[0]["signature"][:-1], VECTORS[0]["signature"] + "0"]
)
def test_anything_else_is_not_the_signature(given: str) -> None:
    assert not is_signed_by(VECTORS[0]["secret"], signable(VECTORS[0]), given)


def test_our_own_requests_are_signed_anew_each_time() -> None:
    sent = [
        signed_headers(
            key_id="ak_1", secret="s", method="POST", path_and_query="/x?y=1", body=b"{}"
        )
        for _ in range(2)
    ]
    assert sent[0]["X-Nonce"] != sent[1]["X-Nonce"]
    for headers in sent:
        assert headers["X-Signature"] == sign(
            "s", "POST", "/x?y=1", headers["X-Timestamp"], headers["X-Nonce"], b"{}"
        )


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"RAW_URI": "/api/v1/products/a%2Db?q=%e5"}, "/api/v1/products/a%2Db?q=%e5"),
        ({"REQUEST_URI": "/api/v1/products/a%2Db"}, "/api/v1/products/a%2Db"),
        ({"RAW_URI": "http://shop.example.com/api/v1/account?x"}, "/api/v1/account?x"),
        ({}, "/api/v1/products/a-b?q=%E5%95%86"),
    ],
)
def test_the_path_is_taken_as_the_server_got_it(environ: dict[str, str], path: str) -> None:
    request = RequestFactory().get("/api/v1/products/a-b?q=%E5%95%86")
    request.META.update(environ)
    assert path_and_query(request) == path
