"""Reads about payments."""

from __future__ import annotations

from django.utils.functional import Promise

from payments.registry import open_gateways


def gateways() -> list[tuple[str, str | Promise]]:
    """(code, label) of the payment methods that a person can choose."""
    return open_gateways()
