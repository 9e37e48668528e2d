"""docker-compose.yml, read as Compose would: no engine runs where the tests run."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
import yaml

from config.supervisor.plan import BASE_DIR
from config.supervisor.procfile import read_procfile

SECRETS = {"SECRET_KEY", "CARD_KEYS", "CARD_FINGERPRINT_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"}
LASTING = {"web", "worker", "beat", "postgres", "redis"}


@cache
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())
    return loaded


def test_every_lasting_service_is_watched_and_restarted() -> None:
    services = compose()["services"]
    assert set(services) == LASTING | {"migrate"}
    for name in LASTING:
        assert services[name]["healthcheck"]["test"], name
        assert services[name]["restart"] == "unless-stopped", name


def test_no_secret_has_a_value_or_a_default_in_the_file() -> None:
    text = (BASE_DIR / "docker-compose.yml").read_text()
    for name in SECRETS:
        uses = re.findall(rf"\$\{{{name}([^}}]*)\}}", text)
        assert uses, name
        assert all(use.startswith(":?") for use in uses), name


def test_data_lives_in_named_volumes() -> None:
    volumes = set(compose()["volumes"])
    for name in ("postgres", "redis", "web", "worker"):
        sources = [mount.split(":")[0] for mount in compose()["services"][name]["volumes"]]
        assert sources
        assert set(sources) <= volumes, name


def test_nothing_serves_before_the_migrations_are_done() -> None:
    for name in ("web", "worker", "beat"):
        needs = compose()["services"][name]["depends_on"]
        assert needs["migrate"]["condition"] == "service_completed_successfully"
        assert needs["postgres"]["condition"] == "service_healthy"


def test_only_the_web_is_published_and_only_to_this_machine() -> None:
    published = {
        name: one["ports"] for name, one in compose()["services"].items() if "ports" in one
    }
    assert published == {"web": ["${WEB_ADDRESS:-127.0.0.1:8000}:8000"]}


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_development_and_production_run_the_same_programs(name: str) -> None:
    env = dict.fromkeys(("DATA_DIR", "SUPPLIER_SANDBOX_PORT", "PAYMENT_SANDBOX_PORT"), "x")
    development = read_procfile(BASE_DIR / "Procfile", env)[name]
    production = compose()["services"][name]["command"].split()
    assert development[:3] == production[:3] == ["celery", "-A", "config"]
    assert name in development
    assert name in production
