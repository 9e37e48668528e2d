"""The same signatures as every other client: from the shop's own file of examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kameng_client.signing import canonical_string, signature, signed_headers

FILE = Path(__file__).resolve().parents[3] / "kameng/api/signing_vectors.json"
VECTORS: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_it_signs_as_the_examples_do(vector: dict[str, Any]) -> None:
    parts = {name: vector[name] for name in ("method", "path_and_query", "timestamp", "nonce")}
    body = vector["body"].encode()
    assert canonical_string(**parts, body=body) == vector["canonical_string"]
    assert signature(vector["secret"], **parts, body=body) == vector["signature"]


def test_each_request_has_a_nonce_of_its_own() -> None:
    made = [
        signed_headers(key_id="k", secret="s", method="GET", path_and_query="/x") for _ in range(50)
    ]
    assert len({headers["X-Nonce"] for headers in made}) == 50
