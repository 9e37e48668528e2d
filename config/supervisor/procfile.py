"""The Procfile: `name: command`, one process a line."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from string import Template

from config.embedded.errors import ServerError

LINE = re.compile(r"^(?P<name>[A-Za-z0-9_-]+):\s*(?P<command>.+)$")


def read_procfile(path: Path, env: Mapping[str, str]) -> dict[str, list[str]]:
    """Commands by name, `$VARIABLES` filled in from `env`.

    No shell runs them: a shell in between would take the signals that are meant for the process.
    """
    commands: dict[str, list[str]] = {}
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise ServerError(f"{path} can't be read: {error.strerror}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = LINE.match(line)
        if match is None:
            raise ServerError(f"{path}, line {number}: expected `name: command`")
        try:
            words = [Template(word).substitute(env) for word in shlex.split(match["command"])]
        except (KeyError, ValueError) as error:
            raise ServerError(f"{path}, line {number}: {error} isn't set") from error
        commands[match["name"]] = words
    return commands
