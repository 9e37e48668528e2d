from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def _make_directory() -> Path:
    # Not pytest's own tmp_path, which only its owner may enter: PostgreSQL may run as another user.
    directory = Path(tempfile.mkdtemp(prefix="kalegou-runtime-"))
    directory.chmod(0o711)
    return directory


@pytest.fixture
def directory() -> Iterator[Path]:
    """An empty directory that everybody may pass through."""
    made = _make_directory()
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def lasting_directory() -> Iterator[Path]:
    """The same for all tests of a file, so that only the first start fills a database."""
    made = _make_directory()
    yield made
    shutil.rmtree(made, ignore_errors=True)
