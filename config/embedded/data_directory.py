"""DATA_DIR: made if missing, recognised as ours, and refused in one line otherwise."""

from __future__ import annotations

import os
from pathlib import Path

from config.embedded.errors import ServerError

MARKER = "KALEGOU_DATA"
# What `manage.py`, run by hand, may have put there before the first `make run`.
HARMLESS = {"media", "sandbox", "services.env"}
MARKER_TEXT = "Data of a Kameng/Kalegou development server. Delete the directory to start anew.\n"


def prepare(data_dir: Path) -> None:
    """Make `data_dir` ready; raise ServerError when it is, or may be, somebody else's."""
    if data_dir.exists() and not data_dir.is_dir():
        raise ServerError(f"DATA_DIR {data_dir} is a file; it must be a directory")
    try:
        # Others may pass through, not look: PostgreSQL's own user must get to its part.
        data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
        marker = data_dir / MARKER
        if not marker.exists():
            if any(path.name not in HARMLESS for path in data_dir.iterdir()):
                raise ServerError(
                    f"DATA_DIR {data_dir} holds other files; name an empty or a new directory"
                )
            marker.write_text(MARKER_TEXT)
        if not os.access(data_dir, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise ServerError(f"DATA_DIR {data_dir} can't be used: {error.strerror}") from error
