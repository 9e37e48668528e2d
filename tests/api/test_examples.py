"""The copy-paste examples, run: each language signs the shared vectors alike, and really calls."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from catalog.models import SKU
from kameng.examples import EXAMPLES, VECTORS
from orders.models import Order
from tests.api.client import Program

FOLDER = Path(settings.BASE_DIR) / "clients" / "examples"
NEEDS = {
    "curl": ("curl", "openssl"),
    "python": (),
    "php": ("php",),
    "java": ("javac", "java"),
    "go": ("go",),
    "node": ("node",),
}


@pytest.fixture(scope="module", params=list(NEEDS))
def command(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """How to start one language's example; what must be compiled, is, once."""
    language: str = request.param
    missing = [name for name in NEEDS[language] if shutil.which(name) is None]
    if missing:
        pytest.skip(f"the {language} example was NOT run: no {missing[0]} on this machine")
    out = tmp_path_factory.mktemp(language)
    match language:
        case "curl":
            return ["sh", str(FOLDER / "sign.sh")]
        case "python":
            return [sys.executable, str(FOLDER / "sign.py")]
        case "php":
            return ["php", str(FOLDER / "sign.php")]
        case "node":
            return ["node", str(FOLDER / "sign.mjs")]
        case "java":
            subprocess.run(["javac", "-d", str(out), str(FOLDER / "Sign.java")], check=True)
            return ["java", "-cp", str(out), "Sign"]
    environment = os.environ | {"GOCACHE": str(out / "cache"), "GO111MODULE": "off"}
    target = str(out / "sign")
    build = ["go", "build", "-o", target, str(FOLDER / "sign.go")]
    subprocess.run(build, check=True, env=environment)
    return [target]


def run(command: list[str], *arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [*command, *arguments],
        env=os.environ | environment,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return done.stdout.decode().removesuffix("\n")


def test_every_example_is_shown() -> None:
    assert {example.path.name for example in EXAMPLES} == {one.name for one in FOLDER.iterdir()}


def test_it_signs_the_shared_vectors(command: list[str]) -> None:
    vectors = json.loads(VECTORS.read_text())
    assert len(vectors) >= 5
    for vector in vectors:
        names = ("secret", "method", "path_and_query", "timestamp", "nonce", "body")
        signed = run(command, "sign", *(vector[name] for name in names))
        assert signed == vector["signature"], vector["name"]


@pytest.mark.django_db(transaction=True)
def test_it_reads_and_buys(
    command: list[str], program: Program, cards: SKU, live_server: Any
) -> None:
    environment = {
        "KAMENG_URL": live_server.url,
        "KAMENG_KEY": program.key_id,
        "KAMENG_SECRET": program.secret,
    }
    account = run(command, "call", "GET", "/api/v1/account", **environment)
    assert account.splitlines()[0] == "200", account
    body = json.dumps({"sku": cards.code, "quantity": 1, "client_ref": "shop-1"})
    ordered = run(command, "call", "POST", "/api/v1/orders", body, **environment)
    assert ordered.splitlines()[0] == "201", ordered
    assert Order.objects.get().client_ref == "shop-1"
