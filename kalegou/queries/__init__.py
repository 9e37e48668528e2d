"""What the pages of members read."""

from __future__ import annotations
