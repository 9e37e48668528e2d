"""Holding what is sent and answered against the schema."""

from __future__ import annotations

from typing import Any

import jsonschema


def validator(document: dict[str, Any], part: dict[str, Any]) -> jsonschema.Draft202012Validator:
    """For one schema of the document, formats included."""
    return jsonschema.Draft202012Validator(
        {**part, "components": document["components"]},
        format_checker=jsonschema.FormatChecker(),
    )


def must_be_as_told(
    document: dict[str, Any], operation: dict[str, Any], headers: dict[str, str], body: object
) -> None:
    """A call of ours has every header and member that the schema promises."""
    for one in operation["parameters"]:
        assert not one["required"] or headers[one["name"].lower()]
    content = operation["requestBody"]["content"]["application/json"]
    validator(document, content["schema"]).validate(body)
