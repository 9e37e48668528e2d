"""An agent that staff know, and two of staff."""

from __future__ import annotations

from pathlib import Path

import pytest

from kameng.models import Agent
from tests import world
from tests.kameng.funds.desk import our_bank
from users.models import User


@pytest.fixture(autouse=True)
def _private_files(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def agent() -> Agent:
    our_bank()
    agent = world.make_agent(balance="1000")
    world.accept_papers(agent)
    return agent


@pytest.fixture
def staff() -> User:
    return world.make_user(is_staff=True, is_superuser=True)


@pytest.fixture
def second() -> User:
    return world.make_user(is_staff=True, is_superuser=True)
