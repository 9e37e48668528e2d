"""The OpenAPI document as a page shows it: every call with its fields, examples and errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

Node = Mapping[str, Any]
PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Field:
    """One member of what is sent or answered; `name` is its path, such as `results[].price`."""

    name: str
    type: str
    is_required: bool
    text: SafeString


@dataclass(frozen=True, slots=True)
class Example:
    name: str
    json: str


@dataclass(frozen=True, slots=True)
class Answer:
    status: str
    text: SafeString
    fields: Sequence[Field]
    examples: Sequence[Example]


@dataclass(frozen=True, slots=True)
class Refusal:
    status: str
    codes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Call:
    """One call. A `callback` is the call that we make to the other side."""

    operation_id: str
    method: str
    path: str
    summary: str
    text: SafeString
    parameters: Sequence[Field]
    body: Sequence[Field]
    requests: Sequence[Example]
    answers: Sequence[Answer]
    refusals: Sequence[Refusal]
    callback: Call | None


def calls(document: Node) -> list[Call]:
    """Every call, in the order of the document."""
    return [
        _call(document, path, method, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]


def webhooks(document: Node) -> list[Call]:
    """Every call that we make to an agent's endpoints."""
    return [
        _call(document, event, method, operation)
        for event, operations in document["webhooks"].items()
        for method, operation in operations.items()
    ]


def _call(document: Node, path: str, method: str, operation: Node) -> Call:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    answers = {status: one for status, one in operation["responses"].items() if status < "4"}
    callbacks = [
        _call(document, address, verb, told)
        for one in operation.get("callbacks", {}).values()
        for address, verbs in one.items()
        for verb, told in verbs.items()
    ]
    return Call(
        operation_id=operation.get("operationId", ""),
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        text=rich(operation.get("description", "")),
        parameters=[
            _field(document, one["name"], one["schema"], one.get("required", False), one)
            for one in operation.get("parameters", [])
        ],
        body=list(_members(document, body.get("schema", {}))),
        requests=_examples(body),
        answers=[_answer(document, status, one) for status, one in sorted(answers.items())],
        refusals=[
            Refusal(status, re.findall(r"`(\w+)`", one["description"]))
            for status, one in sorted(operation["responses"].items())
            if PROBLEM in one.get("content", {})
        ],
        callback=callbacks[0] if callbacks else None,
    )


def _answer(document: Node, status: str, answer: Node) -> Answer:
    content = answer.get("content", {}).get("application/json", {})
    return Answer(
        status=status,
        text=rich(answer.get("description", "")),
        fields=list(_members(document, content.get("schema", {}))),
        examples=_examples(content),
    )


def _examples(content: Node) -> list[Example]:
    return [
        Example(one.get("summary", name), json.dumps(one["value"], ensure_ascii=False, indent=2))
        for name, one in content.get("examples", {}).items()
    ]


def _members(document: Node, schema: Node, prefix: str = "") -> Iterator[Field]:
    """The members of an object, and of the objects in it."""
    schema = _resolved(document, schema)
    required = schema.get("required", ())
    for name, member in schema.get("properties", {}).items():
        inner = _resolved(document, member)
        path = f"{prefix}{name}"
        yield _field(document, path, member, name in required, inner)
        if inner.get("type") == "array":
            yield from _members(document, inner["items"], f"{path}[].")
        else:
            yield from _members(document, inner, f"{path}.")


def _field(document: Node, name: str, schema: Node, is_required: bool, described: Node) -> Field:
    return Field(
        name=name,
        type=_type(_resolved(document, schema)),
        is_required=is_required,
        text=rich(described.get("description", "")),
    )


def _resolved(document: Node, schema: Node) -> Node:
    """A schema with what it refers to, its own words first."""
    found = dict(schema)
    for part in [found.pop("allOf", []), [{"$ref": found.pop("$ref")}] if "$ref" in found else []]:
        for one in part:
            target: Node = one
            if "$ref" in one:
                target = document["components"]["schemas"][one["$ref"].rpartition("/")[2]]
            found = {**_resolved(document, target), **found}
    return found


def _type(schema: Node) -> str:
    types = schema.get("type", "")
    names = [types] if isinstance(types, str) else list(types)
    words = {
        "string": _("string"),
        "integer": _("whole number"),
        "object": _("object"),
        "array": _("list"),
        "null": "null",
    }
    formats = {
        "date": _("date"),
        "date-time": _("time"),
        "decimal": _("decimal string"),
        "uri": _("address"),
    }
    shown = [
        formats.get(schema.get("format", ""), words[name])
        if name == "string"
        else words.get(name, name)
        for name in names
        if name
    ]
    shown += [_type(one) for one in schema.get("anyOf", ())]
    if "const" in schema:
        return str(schema["const"])
    if values := schema.get("enum"):
        return " | ".join(str(value) for value in values)
    return " / ".join(shown)


def rich(text: str) -> SafeString:
    """A text in which `backquotes` mark code."""
    pieces = text.split("`")
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<code>{}</code>", piece) if place % 2 else piece,)
            for place, piece in enumerate(pieces)
        ),
    )
