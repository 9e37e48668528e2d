"""Production starts only with its secrets, and passes Django's own deployment checks."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": "k" * 30 + "0123456789abcdefghijklmnopqrstuvwxyz",
    "CARD_KEYS": KEY,
    "CARD_FINGERPRINT_KEY": KEY,
    "ALLOWED_HOSTS": "shop.example",
    "BASE_URL": "https://shop.example",
}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py as a machine that has nothing but these variables."""
    kept = {name: os.environ[name] for name in ("PATH", "DATABASE_URL", "REDIS_URL")}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_production_passes_the_deployment_checks() -> None:
    result = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert result.returncode == 0, result.stderr
    assert "no issues" in result.stdout + result.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "CARD_KEYS", "CARD_FINGERPRINT_KEY"])
def test_production_refuses_to_start_without_a_secret(missing: str) -> None:
    environment = {name: value for name, value in PRODUCTION.items() if name != missing}
    result = manage("check", **environment)
    assert result.returncode != 0
    assert f"{missing} is not set" in result.stderr


def test_a_weak_card_key_is_found() -> None:
    result = manage("check", **{**PRODUCTION, "CARD_KEYS": "short"})
    assert result.returncode != 0
    assert "not url-safe base64 of 32 bytes" in result.stderr


def test_the_sandbox_cashier_is_not_for_production() -> None:
    result = manage("check", "--deploy", **PRODUCTION, PAYMENT_SANDBOX_ENABLED="true")
    assert result.returncode != 0
    assert "PAYMENT_SANDBOX_ENABLED must be off" in result.stderr


def test_the_demo_world_is_not_for_production() -> None:
    result = manage("demo", **PRODUCTION)
    assert result.returncode != 0
    assert "development only" in result.stderr
