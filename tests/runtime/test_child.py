"""One process of the Procfile, kept running."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from config.embedded.errors import ServerError
from config.processes import ProcessRecord, wait_until
from config.supervisor.child import Child, stop_leftovers
from config.supervisor.procfile import read_procfile

FORKS = (
    "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
)
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('up', flush=True); time.sleep(60)"
)


class Heard(list[str]):
    def say(self, _name: str, line: str) -> None:
        self.append(line)


def make_child(directory: Path, code: str, heard: Heard) -> Child:
    return Child(
        "child",
        [sys.executable, "-c", code],
        env=dict(os.environ),
        cwd=directory,
        record_path=directory / "child.json",
        say=heard.say,
    )


def keep_running_until_deaths(child: Child, deaths: int) -> bool:
    def enough() -> bool:
        child.keep_running()
        return child.quick_deaths >= deaths

    return wait_until(enough, timeout_seconds=60)


def test_a_child_that_dies_again_and_again_waits_longer_each_time(directory: Path) -> None:
    heard = Heard()
    child = make_child(directory, "raise ValueError('no luck')", heard)
    child.start()
    assert keep_running_until_deaths(child, 3)
    delays = [line.rpartition("in ")[2] for line in heard if line.startswith("ended")]
    assert delays == ["0.5 s", "1 s", "2 s"]
    assert child.reason() == "ValueError: no luck"


def test_a_child_goes_with_all_that_it_forked(directory: Path) -> None:
    child = make_child(directory, FORKS, Heard())
    child.start()
    leader = ProcessRecord.read_living(directory / "child.json")
    assert leader is not None
    process = psutil.Process(leader.pid)
    assert wait_until(lambda: bool(process.children()), timeout_seconds=60)
    forked = ProcessRecord.of(process.children()[0].pid)
    assert forked is not None
    child.ask_to_stop()
    child.wait_until_stopped(time.monotonic() + 60, hurry=lambda: False)
    assert wait_until(lambda: not forked.is_alive(), timeout_seconds=60)
    assert not (directory / "child.json").exists()


def test_a_child_that_ignores_the_wish_is_killed_in_time(directory: Path) -> None:
    heard = Heard()
    child = make_child(directory, STUBBORN, heard)
    child.start()
    assert wait_until(lambda: "up" in heard, timeout_seconds=60)
    child.ask_to_stop()
    child.wait_until_stopped(time.monotonic() + 0.3, hurry=lambda: False)
    assert not child.is_running
    assert "doesn't end in time; killed" in heard


def test_leftovers_are_stopped_but_never_a_stranger_with_the_same_number(directory: Path) -> None:
    child = make_child(directory, "import time; time.sleep(60)", Heard())
    child.start()
    own = ProcessRecord.read_living(directory / "child.json")
    assert own is not None
    stranger = ProcessRecord(own.pid, started_at="another time", command=own.command)
    stranger.write(directory / "child.json")
    stop_leftovers(directory)
    assert own.is_alive()

    own.write(directory / "child.json")
    stop_leftovers(directory)
    assert not own.is_alive()
    assert not child.is_running


def test_a_program_that_isnt_there_is_named(directory: Path) -> None:
    child = Child(
        "web",
        [str(directory / "missing")],
        env=dict(os.environ),
        cwd=directory,
        record_path=directory / "web.json",
        say=Heard().say,
    )
    with pytest.raises(ServerError, match="web can't start: No such file"):
        child.start()


def test_the_procfile_fills_in_variables_and_names_a_bad_line(directory: Path) -> None:
    procfile = directory / "Procfile"
    procfile.write_text("# comment\n\nweb: serve --port $PORT 'two words'\n")
    assert read_procfile(procfile, {"PORT": "80"}) == {
        "web": ["serve", "--port", "80", "two words"]
    }
    with pytest.raises(ServerError, match="line 3: 'PORT' isn't set"):
        read_procfile(procfile, {})
    procfile.write_text("no colon\n")
    with pytest.raises(ServerError, match="line 1: expected"):
        read_procfile(procfile, {})


def test_a_signal_is_named_as_the_cause(directory: Path) -> None:
    heard = Heard()
    child = make_child(directory, "import time; time.sleep(60)", heard)
    child.start()
    record = ProcessRecord.read_living(directory / "child.json")
    assert record is not None
    os.kill(record.pid, signal.SIGKILL)
    assert keep_running_until_deaths(child, 1)
    assert heard == ["ended (SIGKILL); starts again in 0.5 s"]
