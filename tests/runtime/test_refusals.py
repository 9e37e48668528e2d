"""What can't be done is said in one line, at once, and leaves nothing behind."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from config.embedded.addresses import free_port
from config.supervisor.plan import BASE_DIR
from tests.runtime.stage import run_to_its_end


def assert_refused(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1, result.stderr
    assert "Traceback" not in result.stderr + result.stdout
    for word in words:
        assert word in result.stderr


def test_a_busy_port_is_named(directory: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        result = run_to_its_end(DATA_DIR=directory / "data", PORT=port)
    assert_refused(result, f"Port {port} is in use", "PORT=")
    assert not (directory / "data" / "postgres").exists()


def test_a_busy_sandbox_port_is_named_when_it_was_asked_for(directory: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        result = run_to_its_end(
            DATA_DIR=directory / "data", PORT=free_port(), SUPPLIER_SANDBOX_PORT=port
        )
    assert_refused(result, f"Port {port} is in use", "SUPPLIER_SANDBOX_PORT")


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_a_port_that_is_none_is_refused(directory: Path, port: str) -> None:
    result = run_to_its_end(DATA_DIR=directory / "data", PORT=port)
    assert_refused(result, "PORT is", "1 to 65535")


def test_a_file_is_no_data_directory(directory: Path) -> None:
    file = directory / "data"
    file.write_text("precious")
    assert_refused(run_to_its_end(DATA_DIR=file, PORT=free_port()), "is a file")
    assert file.read_text() == "precious"


def test_somebody_elses_directory_is_left_alone(directory: Path) -> None:
    (directory / "thesis.txt").write_text("precious")
    result = run_to_its_end(DATA_DIR=directory, PORT=free_port())
    assert_refused(result, str(directory), "holds other files")
    assert [path.name for path in directory.iterdir()] == ["thesis.txt"]


def test_a_directory_below_a_file_cant_be_made(directory: Path) -> None:
    (directory / "file").write_text("")
    result = run_to_its_end(DATA_DIR=directory / "file" / "data", PORT=free_port())
    assert_refused(result, "can't be used")


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("DATABASE_URL", "postgres://app:hidden@127.0.0.1:{port}/app"),
        ("REDIS_URL", "redis://:hidden@127.0.0.1:{port}/0"),
    ],
)
def test_an_outside_server_that_doesnt_answer_is_named_without_its_password(
    directory: Path, variable: str, url: str
) -> None:
    port = free_port()
    result = run_to_its_end(
        DATA_DIR=directory / "data", PORT=free_port(), **{variable: url.format(port=port)}
    )
    assert_refused(result, variable, f"127.0.0.1:{port}", "doesn't answer")
    assert "hidden" not in result.stderr + result.stdout
    assert not (directory / "data" / "postgres").exists()


@pytest.mark.parametrize("url", ["nonsense", "postgres://[half"])
def test_an_address_that_is_none_is_refused(directory: Path, url: str) -> None:
    result = run_to_its_end(DATA_DIR=directory / "data", PORT=free_port(), DATABASE_URL=url)
    assert_refused(result, "DATABASE_URL isn't an address")


def test_an_old_python_is_refused_in_one_line(directory: Path) -> None:
    old = directory / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2"\n')
    old.chmod(0o755)
    result = subprocess.run(
        ["/bin/sh", str(BASE_DIR / "tools" / "make-venv"), str(directory / "venv")],
        env={**os.environ, "PATH": str(directory)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert_refused(result, "Python 3.11 or newer is needed", "Python 3.9.2")
