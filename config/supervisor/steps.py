"""What happens once before the processes start: migrations and the demo world."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping

from config.embedded.errors import ServerError
from config.processes import die_with_parent
from config.supervisor.plan import BASE_DIR

POLL_SECONDS = 0.1


class StartInterruptedError(Exception):
    """The person asked to stop while a step ran."""


def prepare_database(env: Mapping[str, str], *, stopping: Callable[[], bool]) -> dict[str, object]:
    """Migrate and load the demo world, which changes nothing when it is there; describe it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "config.supervisor.prepare"],
        cwd=BASE_DIR,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=die_with_parent(signal.SIGKILL),
    )
    while True:
        try:
            output, errors = process.communicate(timeout=POLL_SECONDS)
            break
        except subprocess.TimeoutExpired:
            if stopping():
                process.terminate()
                process.communicate()
                raise StartInterruptedError from None
    if process.returncode != 0:
        last = (errors.strip() or output.strip() or "no message").splitlines()[-1]
        raise ServerError(f"The database can't be prepared: {last}")
    try:
        world = json.loads(output)
    except ValueError as error:
        raise ServerError("`manage.py demo --json` didn't print JSON") from error
    return world if isinstance(world, dict) else {}
