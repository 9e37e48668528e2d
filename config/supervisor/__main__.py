"""Entry point: one line and a status other than 0 when it can't be done."""

from __future__ import annotations

import os
import sys

import environ

from config.embedded import data_directory
from config.embedded.errors import ServerError
from config.supervisor.child import stop_leftovers
from config.supervisor.lock import only_one
from config.supervisor.output import Terminal
from config.supervisor.plan import BASE_DIR, data_dir_of, read_plan
from config.supervisor.run import Run


def main() -> int:
    """Run until asked to stop."""
    environ.Env.read_env(BASE_DIR / ".env")
    data_dir = data_dir_of(os.environ)
    try:
        data_directory.prepare(data_dir)
        with only_one(data_dir / "supervisor.lock"):
            record_dir = data_dir / "run"
            record_dir.mkdir(exist_ok=True)
            stop_leftovers(record_dir)
            run = Run(read_plan(os.environ), record_dir=record_dir, terminal=Terminal())
            run.listen_to_signals()
            run.until_stopped()
    except ServerError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
