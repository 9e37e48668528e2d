"""The translation catalogue, kept without the gettext programs, which few machines have."""

from __future__ import annotations
