"""Fixtures that several apps' tests share."""

from __future__ import annotations
