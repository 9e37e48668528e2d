"""How one call's answer leads to the next call: the links of the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# answered by → name of the link → (called, its parameter, where in the answer it stands)
_LINKS: Mapping[str, Mapping[str, tuple[str, str, str]]] = {
    "place_order": {
        "order": ("get_order", "order_no", "/order_no"),
        "cards": ("get_cards", "order_no", "/order_no"),
    },
    "list_orders": {
        "first": ("get_order", "order_no", "/results/0/order_no"),
        "next": ("list_orders", "cursor", "/next"),
    },
    "list_products": {
        "first": ("get_product", "code", "/results/0/code"),
        "next": ("list_products", "cursor", "/next"),
    },
    "get_order": {"cards": ("get_cards", "order_no", "/order_no")},
    "list_changes": {"next": ("list_changes", "cursor", "/next")},
    "place_batch": {"batch": ("get_batch", "batch_no", "/batch_no")},
    "get_batch": {"again": ("get_batch", "batch_no", "/batch_no")},
    "get_statement": {"next": ("get_statement", "cursor", "/next")},
}


def add_links(operation: dict[str, Any]) -> None:
    """Put an operation's links into each of its good answers."""
    links = {
        name: {"operationId": called, "parameters": {parameter: f"$response.body#{place}"}}
        for name, (called, parameter, place) in _LINKS.get(operation["operationId"], {}).items()
    }
    for status, answer in operation["responses"].items():
        if links and status < "3":
            answer["links"] = links
