"""What every test gets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger import accounts

pytest_plugins = ["tests.sandboxes", "tests.fixtures"]


@pytest.fixture(autouse=True)
def _fresh_process_memory() -> Iterator[None]:
    """Account keys are remembered by a process; a test's database starts anew."""
    accounts.forget_keys()
    yield
    accounts.forget_keys()
