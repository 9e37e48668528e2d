"""The whole of it, started and stopped as a person, a service manager or an accident would."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from config.processes import wait_until
from tests.runtime.stage import all_gone, run_to_its_end, started

PROGRAMS = {"web", "worker", "beat", "supplier-sandbox", "payment-sandbox"}


def test_what_runs_is_kept_running_and_sigterm_stops_all_of_it(lasting_directory: Path) -> None:
    data_dir = lasting_directory / "data"
    with started(data_dir) as running:
        assert running.health() == 200
        assert "zongdai" in running.log.read_text()
        family = running.family()
        assert all(running.child(name) in family for name in PROGRAMS)

        refused = run_to_its_end(DATA_DIR=data_dir, PORT=running.port)
        assert refused.returncode == 1
        assert refused.stderr.count("\n") == 1
        assert f"Already running in {data_dir}" in refused.stderr

        worker = running.child("worker")
        os.kill(worker.pid, signal.SIGKILL)
        assert wait_until(
            lambda: running.child("worker") != worker and running.child("worker").is_alive(),
            timeout_seconds=60,
        )

        family = running.family()
        assert running.stop() == 0
        assert all_gone(family, timeout_seconds=5)
        assert "Traceback" not in running.log.read_text()
        assert list((data_dir / "run").iterdir()) == []


def test_a_killed_supervisor_takes_all_with_it_and_the_next_start_works(
    lasting_directory: Path,
) -> None:
    data_dir = lasting_directory / "data"
    makefile = lasting_directory / "Makefile"
    makefile.write_text(f"run:\n\t@exec {sys.executable} -m config.supervisor\n")
    with started(data_dir) as killed:
        family = killed.family()
        os.kill(killed.supervisor_pid, signal.SIGKILL)
        # At once, while the kernel may still be at it; this time from make.
        command = ["make", "--no-print-directory", "--file", str(makefile), "run"]
        with started(data_dir, command) as running:
            assert all_gone(family, timeout_seconds=5)
            assert running.health() == 200
            # Only make gets the interrupt, as from `kill -INT`; a terminal would tell us all.
            family = running.family()
            running.stop(signal.SIGINT)
            assert all_gone(family, timeout_seconds=5)
