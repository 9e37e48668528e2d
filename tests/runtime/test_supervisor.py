"""The whole of it, started and stopped as a person, a service manager or an accident would."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from config.processes import wait_until
from tests.runtime.stage import all_gone, run_to_its_end, started

PROGRAMS = {"web", "worker", "beat", "supplier-sandbox", "payment-sandbox"}


def test_sigterm_stops_everything_in_order(lasting_directory: Path) -> None:
    with started(lasting_directory / "data") as running:
        assert running.health() == 200
        family = running.family()
        assert all(running.child(name) in family for name in PROGRAMS)
        assert "zongdai" in running.log.read_text()

        assert running.stop() == 0

        assert all_gone(family, timeout_seconds=0.5)
        assert "Traceback" not in running.log.read_text()
        assert list((lasting_directory / "data" / "run").iterdir()) == []


def test_a_killed_worker_is_replaced_and_a_second_start_is_refused(
    lasting_directory: Path,
) -> None:
    data_dir = lasting_directory / "data"
    with started(data_dir) as running:
        first = running.child("worker")
        os.kill(first.pid, signal.SIGKILL)
        refused = run_to_its_end(DATA_DIR=data_dir, PORT=running.port)
        assert refused.returncode == 1
        assert refused.stderr.count("\n") == 1
        assert f"Already running in {data_dir}" in refused.stderr
        assert wait_until(
            lambda: running.child("worker") != first and running.child("worker").is_alive(),
            timeout_seconds=10,
        )


def test_a_killed_supervisor_takes_everything_with_it_and_the_next_start_works(
    lasting_directory: Path,
) -> None:
    data_dir = lasting_directory / "data"
    with started(data_dir) as killed:
        family = killed.family()
        os.kill(killed.supervisor_pid, signal.SIGKILL)
        with started(data_dir) as running:  # at once, while the kernel may still be at it
            assert all_gone(family, timeout_seconds=0.5)
            assert running.health() == 200


def test_an_interrupt_that_only_make_gets_stops_everything(lasting_directory: Path) -> None:
    makefile = lasting_directory / "Makefile"
    makefile.write_text(f"run:\n\t@exec {sys.executable} -m config.supervisor\n")
    command = ["make", "--no-print-directory", "--file", str(makefile), "run"]
    with started(lasting_directory / "data", command) as running:
        family = running.family()
        running.stop(signal.SIGINT)
        assert all_gone(family, timeout_seconds=0.5)
