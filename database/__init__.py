"""What all apps need of PostgreSQL and Django doesn't have."""

from __future__ import annotations
