"""What every test gets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from _pytest.nodeid import coerce_node_id
from django.test import override_settings

from ledger import accounts

pytest_plugins = ["tests.sandboxes", "tests.fixtures", "tests.emptying", "tests.template"]


# These start whole products and take minutes: last, they would keep one worker busy and leave the
# other with nothing to do. `make test` hands files out in this order.
FIRST = ("tests/e2e/", "tests/chaos/", "tests/bench/", "tests/runtime/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, everything else as it was."""

    def place(item: pytest.Item) -> int:
        return next((n for n, path in enumerate(FIRST) if item.nodeid.startswith(path)), len(FIRST))

    items.sort(key=place)
    # Schemathesis names its items well, and gives all of a test one id: of such xdist runs one.
    for item in items:
        if not item.nodeid.endswith(item.name):
            item._id = coerce_node_id(f"{item.nodeid.partition('::')[0]}::{item.name}")


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """A good hash takes a third of a second on purpose, and every world has people in it."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session")
def base_url() -> None:
    """Instead of pytest-playwright's, which is a method: pytest is about to refuse those."""


@pytest.fixture(autouse=True)
def _fresh_process_memory() -> Iterator[None]:
    """Account keys are remembered by a process; a test's database starts anew."""
    accounts.forget_keys()
    yield
    accounts.forget_keys()
