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
from kameng.models import Agent
from tests.api.client import Program

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


def resolver(schema: dict[str, Any], part: dict[str, Any]) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(
        {**part, "components": schema["components"]},
        format_checker=jsonschema.FormatChecker(),
    )


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
                resolver(schema, content["schema"]).validate(example["value"])
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


def test_callbacks_are_described(schema: dict[str, Any]) -> None:
    told = schema["paths"]["/api/v1/orders"]["post"]["callbacks"]["order_finished"]
    request = told["{$request.body#/callback_url}"]["post"]["requestBody"]
    assert request["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Order"
    }


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
        resolver(schema, told["content"][media_type]["schema"]).validate(answer.json())
        assert set(told.get("headers", {})) <= set(answer.headers), path


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
