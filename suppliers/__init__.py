"""Upstream suppliers. Our own API as a supplier is spoken by the client that agents use: it lies
in clients/python and is put on the path here, because a local package can't be in a lock with
hashes (docs/decisions/0014)."""

from __future__ import annotations

import sys
from pathlib import Path

_CLIENT = str(Path(__file__).resolve().parent.parent / "clients" / "python" / "src")
if _CLIENT not in sys.path:
    sys.path.insert(0, _CLIENT)
