from __future__ import annotations

import os
import shutil
from typing import Any

import pytest

# Playwright's event loop would make Django refuse its synchronous parts in the same thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium where there is one."""
    chromium = shutil.which("chromium")
    extra = {"executable_path": chromium} if chromium else {}
    return {**browser_type_launch_args, **extra, "args": ["--no-sandbox"]}
