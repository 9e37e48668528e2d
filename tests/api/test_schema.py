"""The schema and its page: complete, true, and shown without anything from elsewhere."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
import yaml
from django.test import Client

from catalog.models import SKU
from kameng.api.catalogue import PROBLEM_TYPES
from kameng.api.urls import v1
from kameng.models import Agent, EventKind
from tests.api.client import Program
from tests.api.schemas import validator

CONTRACT_CODES = {
    "bad_signature": 401,
    "stale_timestamp": 401,
    "replayed_nonce": 401,
    "ip_not_allowed": 403,
    "agent_suspended": 403,
    "unknown_sku": 404,
    "unknown_order": 404,
    "invalid": 422,
    "idempotency_conflict": 409,
    "out_of_stock": 409,
    "price_changed": 409,
    "insufficient_balance": 402,
    "limit_exceeded": 403,
    "rate_limited": 429,
}


@pytest.fixture
def schema(client: Client) -> dict[str, Any]:
    response = client.get("/api/schema/")
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    found: dict[str, Any] = response.json()
    return found


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_codes_are_the_contracts() -> None:
    assert {c: t.status for c, t in PROBLEM_TYPES.items()}.items() >= CONTRACT_CODES.items()


def test_every_call_is_in_it(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1.")
    routed = {"/api/v1/" + re.sub("<str:([a-z_]+)>", r"{\1}", str(one.pattern)) for one in v1}
    assert set(schema["paths"]) == routed
    assert list(schema["paths"]["/api/v1/orders"]) == ["get", "post"]
    assert len({operation["operationId"] for _, _, operation in operations(schema)}) == 11


def test_every_example_is_what_the_schema_says(schema: dict[str, Any]) -> None:
    checked = 0
    for _, _, operation in operations(schema):
        contents = [*operation["responses"].values(), operation.get("requestBody", {})]
        for content in (one for c in contents for one in c.get("content", {}).values()):
            for example in content["examples"].values():
                validator(schema, content["schema"]).validate(example["value"])
                checked += 1
    assert checked > 80


def test_every_call_tells_its_errors_and_how_to_sign(schema: dict[str, Any]) -> None:
    for _, path, operation in operations(schema):
        assert operation["summary"]
        assert operation["description"]
        assert operation["security"] == [
            {"ApiKey": [], "Timestamp": [], "Nonce": [], "Signature": []}
        ], path
        assert {"401", "403", "429", "500", "503"} <= set(operation["responses"])
        for status, response in operation["responses"].items():
            (media_type,) = response["content"]
            assert (media_type == "application/problem+json") == (status >= "4")
    told = {
        code
        for _, _, o in operations(schema)
        for code in re.findall(r'"code": "(\w+)"', json.dumps(o))
    }
    assert set(CONTRACT_CODES) <= told


def test_webhooks_are_described(schema: dict[str, Any]) -> None:
    assert set(schema["webhooks"]) == set(EventKind.values)
    for event, verbs in schema["webhooks"].items():
        told = verbs["post"]
        names = [one["name"] for one in told["parameters"] if one["required"]]
        assert set(names) >= {"X-Api-Key", "X-Timestamp", "X-Nonce", "X-Signature"}
        content = told["requestBody"]["content"]["application/json"]
        ((_, example),) = content["examples"].items()
        told = validator(schema, content["schema"])
        told.validate(example["value"])
        assert example["value"]["event"] == event
        with pytest.raises(jsonschema.ValidationError):
            told.validate(example["value"] | {"event": "another"})
        with pytest.raises(jsonschema.ValidationError):
            told.validate(example["value"] | {"data": {}})


def test_callbacks_are_described(schema: dict[str, Any]) -> None:
    told = schema["paths"]["/api/v1/orders"]["post"]["callbacks"]["order_finished"]
    request = told["{$request.body#/callback_url}"]["post"]["requestBody"]
    assert request["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Order"
    }
    headers = told["{$request.body#/callback_url}"]["post"]["parameters"]
    assert [one["name"] for one in headers] == [
        "X-Api-Key", "X-Timestamp", "X-Nonce", "X-Signature",
    ]  # fmt: skip


def test_yaml_says_the_same(client: Client, schema: dict[str, Any]) -> None:
    response = client.get("/api/schema/?format=yaml")
    assert yaml.safe_load(response.content) == schema


@pytest.mark.django_db
def test_real_answers_are_what_the_schema_says(
    schema: dict[str, Any], program: Program, agent: Agent, cards: SKU
) -> None:
    order = program.order(sku=cards.code, quantity=2)
    order_no = order.json()["order_no"]
    answers = [
        ("post", "/api/v1/orders", order),
        ("post", "/api/v1/orders", program.order(sku=cards.code, quantity=3)),
        ("post", "/api/v1/orders", program.order(sku="nope", client_ref="x")),
        ("post", "/api/v1/orders", program.order(sku=cards.code, quantity="2")),
        ("get", "/api/v1/orders/{order_no}", program.get(f"/api/v1/orders/{order_no}")),
        ("get", "/api/v1/orders/{order_no}/cards", program.get(f"/api/v1/orders/{order_no}/cards")),
        ("get", "/api/v1/products/{code}", program.get(f"/api/v1/products/{cards.code}")),
        ("get", "/api/v1/products/{code}", program.get("/api/v1/products/nope")),
        *(
            ("get", f"/api/v1/{path}", program.get(f"/api/v1/{path}"))
            for path in ("account", "products", "orders", "statement")
        ),
        ("get", "/api/v1/account", Program("ak_x", "x").get("/api/v1/account")),
    ]
    for method, path, answer in answers:
        told = schema["paths"][path][method]["responses"][str(answer.status_code)]
        (media_type,) = told["content"]
        assert answer["Content-Type"] == media_type
        validator(schema, told["content"][media_type]["schema"]).validate(answer.json())
        assert set(told.get("headers", {})) <= set(answer.headers), path


@pytest.mark.django_db
def test_every_link_leads_on(schema: dict[str, Any], program: Program, cards: SKU) -> None:
    """What one call answers is what the next one takes."""
    paths = {o["operationId"]: (method, path) for method, path, o in operations(schema)}
    order = {"sku": cards.code, "quantity": 1, "client_ref": "linked"}
    answers = {
        "place_order": program.post("/api/v1/orders", order),
        "place_batch": program.post("/api/v1/batches", {"batch_ref": "b", "orders": [order]}),
        "list_orders": program.get("/api/v1/orders?limit=1"),
        "list_products": program.get("/api/v1/products?limit=1"),
        "list_changes": program.get("/api/v1/changes"),
        "get_statement": program.get("/api/v1/statement?limit=1"),
    }
    order_no = answers["place_order"].json()["order_no"]
    answers["get_order"] = program.get(f"/api/v1/orders/{order_no}")
    answers["get_batch"] = program.get(answers["place_batch"]["Location"])
    followed = 0
    for _, _, operation in operations(schema):
        for status, told in operation["responses"].items():
            for link in told.get("links", {}).values():
                answer = answers[operation["operationId"]]
                if answer.status_code != int(status):
                    continue
                ((name, expression),) = link["parameters"].items()
                value = answer.json()
                for part in expression.removeprefix("$response.body#/").split("/"):
                    value = value[int(part) if part.isdigit() else part]
                method, path = paths[link["operationId"]]
                assert method == "get"
                if value is None:  # the last page
                    continue
                target = path.replace(f"{{{name}}}", value)
                target += "" if target != path else f"?{name}={value}"
                assert program.get(target).status_code == 200, target
                followed += 1
    assert followed >= 8


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_shows_every_call_and_every_code(client: Client, language: str) -> None:
    client.cookies["django_language"] = language
    page = client.get("/api/docs/")
    assert page.status_code == 200
    text = page.content.decode()
    for _, path, operation in operations(client.get("/api/schema/").json()):
        assert f'id="{operation["operationId"]}"' in text
        assert path in text
    for code in PROBLEM_TYPES:
        assert f'<tr id="{code}">' in text
    assert len(set(re.findall(r'id="([^"]+)"', text))) == len(re.findall(r'id="([^"]+)"', text))


def test_the_page_needs_nothing_from_elsewhere_and_no_exception_from_the_policy(
    client: Client,
) -> None:
    page = client.get("/api/docs/")
    text = page.content.decode()
    assert "unsafe" not in page["Content-Security-Policy"]
    for address in re.findall(r'(?:src|href)="([^"]+)"', text):
        assert address.startswith(("/", "#")), address
    assert " style=" not in text
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
