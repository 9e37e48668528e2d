"""Who may call: every check of a signed request, and what a refused one leaves behind: nothing."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import time_machine
from django.test import override_settings
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog.models import SKU
from kameng.models import Agent, ApiKey
from kameng.services.agents import reinstate_agent, suspend_agent
from kameng.services.api_keys import revoke_api_key, set_ip_allow_list
from orders.models import Order
from tests.api.client import Program, code_of
from tests.api.conftest import program_of

pytestmark = pytest.mark.django_db
ACCOUNT = "/api/v1/account"


def key_of(program: Program) -> ApiKey:
    return ApiKey.objects.get(key_id=program.key_id)


def test_a_signed_call_is_answered(program: Program) -> None:
    assert program.get(ACCOUNT).status_code == 200


def test_the_signature_covers_the_query_as_it_was_sent(program: Program) -> None:
    path = "/api/v1/products?q=%E5%95%86%E5%93%81&kind=card&category="
    assert program.get(path).status_code == 200


def test_the_same_request_a_second_time_is_a_replay(program: Program, cards: SKU) -> None:
    body = b'{"sku":"%s","quantity":1,"client_ref":"r1"}' % cards.code.encode()
    headers = program.headers("POST", "/api/v1/orders", body)
    assert program.post("/api/v1/orders", body, headers=headers).status_code == 201
    replay = program.post("/api/v1/orders", body, headers=headers)
    assert code_of(replay) == (401, "replayed_nonce")
    assert Order.objects.count() == 1


def test_a_nonce_belongs_to_its_key(program: Program, agent: Agent) -> None:
    other = program_of(agent)
    for one in (program, other):
        headers = one.headers("GET", ACCOUNT, nonce="n" * 16)
        assert one.get(ACCOUNT, headers=headers).status_code == 200


def test_a_nonce_stays_used_as_long_as_its_request_could_be_sent_again(program: Program) -> None:
    ahead = str(int(time.time()) + 290)
    headers = program.headers("GET", ACCOUNT, timestamp=ahead)
    assert program.get(ACCOUNT, headers=headers).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(seconds=585)):
        assert code_of(program.get(ACCOUNT, headers=headers)) == (401, "replayed_nonce")


@pytest.mark.parametrize("seconds", [-302, 302, -(10**9)])
def test_a_stale_timestamp_is_refused(program: Program, seconds: int) -> None:
    stale = str(int(time.time()) + seconds)
    response = program.get(ACCOUNT, headers=program.headers("GET", ACCOUNT, timestamp=stale))
    assert code_of(response) == (401, "stale_timestamp")


@pytest.mark.parametrize("seconds", [-295, 295])
def test_a_clock_that_is_a_little_off_is_forgiven(program: Program, seconds: int) -> None:
    near = str(int(time.time()) + seconds)
    response = program.get(ACCOUNT, headers=program.headers("GET", ACCOUNT, timestamp=near))
    assert response.status_code == 200


def test_a_changed_body_is_refused(program: Program, cards: SKU) -> None:
    body = b'{"sku":"%s","quantity":1,"client_ref":"r1"}' % cards.code.encode()
    headers = program.headers("POST", "/api/v1/orders", body)
    tampered = body.replace(b'"quantity":1', b'"quantity":9')
    response = program.post("/api/v1/orders", tampered, headers=headers)
    assert code_of(response) == (401, "bad_signature")
    assert not Order.objects.exists()
    # The nonce was not used up by it: the real request still gets through.
    assert program.post("/api/v1/orders", body, headers=headers).status_code == 201


@pytest.mark.parametrize(
    ("signed", "sent"),
    [
        ("/api/v1/orders?status=paid", "/api/v1/orders?status=failed"),
        ("/api/v1/orders?status=paid", "/api/v1/orders"),
        ("/api/v1/orders?status=paid&limit=2", "/api/v1/orders?limit=2&status=paid"),
        ("/api/v1/account", "/api/v1/statement"),
    ],
)
def test_a_changed_path_or_query_is_refused(program: Program, signed: str, sent: str) -> None:
    response = program.get(sent, headers=program.headers("GET", signed))
    assert code_of(response) == (401, "bad_signature")


def test_a_signature_for_another_method_is_refused(program: Program) -> None:
    response = program.get(ACCOUNT, headers=program.headers("POST", ACCOUNT))
    assert code_of(response) == (401, "bad_signature")


@pytest.mark.parametrize("name", ["X-Timestamp", "X-Nonce"])
def test_what_is_signed_can_not_be_changed(program: Program, name: str) -> None:
    headers = program.headers("GET", ACCOUNT)
    headers[name] = str(int(headers["X-Timestamp"]) + 1) if name == "X-Timestamp" else "n" * 32
    assert code_of(program.get(ACCOUNT, headers=headers)) == (401, "bad_signature")


@pytest.mark.parametrize("name", ["X-Api-Key", "X-Timestamp", "X-Nonce", "X-Signature"])
@pytest.mark.parametrize("value", [None, "", " ", "é" * 20, "x" * 5000, "a\tb", "%00", "1e9"])
def test_missing_and_misshapen_headers_are_refused(
    program: Program, name: str, value: str | None
) -> None:
    headers = program.headers("GET", ACCOUNT)
    if value is None:
        del headers[name]
    else:
        headers[name] = value
    assert code_of(program.get(ACCOUNT, headers=headers)) == (401, "bad_signature")


@pytest.mark.parametrize("nonce", ["n" * 15, "n" * 65, "n" * 15 + " "])
def test_a_nonce_of_the_wrong_length_is_refused_though_signed(program: Program, nonce: str) -> None:
    response = program.get(ACCOUNT, headers=program.headers("GET", ACCOUNT, nonce=nonce))
    assert code_of(response) == (401, "bad_signature")


def test_an_unknown_key_and_a_wrong_signature_look_the_same(program: Program) -> None:
    unknown = Program("ak_00000000000000000000", program.secret).get(ACCOUNT)
    forged = Program(program.key_id, "another secret").get(ACCOUNT)
    assert unknown.status_code == forged.status_code == 401
    assert unknown.json() == forged.json()
    assert set(unknown.headers) == set(forged.headers)


def test_an_unknown_key_costs_the_same_statements_as_a_wrong_signature(
    program: Program, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for caller in (Program("ak_unknown", "s"), Program(program.key_id, "s")):
        with django_assert_num_queries(1):
            caller.get(ACCOUNT)


def test_a_401_says_how_to_sign(program: Program) -> None:
    assert "HMAC-SHA256" in Program("ak_unknown", "s").get(ACCOUNT)["WWW-Authenticate"]


def test_a_revoked_key_is_refused_at_once_and_the_others_go_on(
    program: Program, agent: Agent
) -> None:
    successor = program_of(agent)
    assert program.get(ACCOUNT).status_code == 200
    revoke_api_key(key=key_of(program), actor=agent.user, reason="leaked")
    assert code_of(program.get(ACCOUNT)) == (401, "bad_signature")
    assert successor.get(ACCOUNT).status_code == 200


def test_a_suspended_agent_is_refused_at_once(program: Program, agent: Agent, cards: SKU) -> None:
    suspend_agent(agent=agent, actor=agent.user, reason="review")
    assert code_of(program.get(ACCOUNT)) == (403, "agent_suspended")
    assert code_of(program.order(sku=cards.code)) == (403, "agent_suspended")
    assert not Order.objects.exists()
    reinstate_agent(agent=agent, actor=agent.user, reason="cleared")
    assert program.order(sku=cards.code).status_code == 201


def test_a_closed_login_is_refused(program: Program, agent: Agent) -> None:
    agent.user.is_active = False
    agent.user.save()
    assert code_of(program.get(ACCOUNT)) == (403, "agent_suspended")


def test_a_key_is_only_good_from_its_addresses(program: Program, agent: Agent) -> None:
    set_ip_allow_list(
        key=key_of(program), addresses=["203.0.113.7", "2001:DB8::1"], actor=agent.user
    )
    refused = program.get(ACCOUNT, REMOTE_ADDR="203.0.113.8")
    assert code_of(refused) == (403, "ip_not_allowed")
    for address in ("203.0.113.7", "::ffff:203.0.113.7", "2001:db8:0::1"):
        assert program.get(ACCOUNT, REMOTE_ADDR=address).status_code == 200


def test_a_header_can_not_claim_an_address(program: Program, agent: Agent) -> None:
    set_ip_allow_list(key=key_of(program), addresses=["203.0.113.7"], actor=agent.user)
    spoofed = program.get(ACCOUNT, REMOTE_ADDR="203.0.113.8", HTTP_X_FORWARDED_FOR="203.0.113.7")
    assert code_of(spoofed) == (403, "ip_not_allowed")
    with override_settings(TRUSTED_PROXIES=["10.0.0.0/8"]):
        for forwarded, status in (
            ("203.0.113.7", 200),
            ("198.51.100.1, 203.0.113.7, 10.2.2.2", 200),
            ("203.0.113.7, 198.51.100.1", 403),
            ("203.0.113.7, rubbish", 403),
            ("", 403),
        ):
            response = program.get(ACCOUNT, REMOTE_ADDR="10.1.1.1", HTTP_X_FORWARDED_FOR=forwarded)
            assert response.status_code == status, forwarded


def test_an_address_that_is_refused_uses_no_nonce(program: Program, agent: Agent) -> None:
    set_ip_allow_list(key=key_of(program), addresses=["203.0.113.7"], actor=agent.user)
    headers = program.headers("GET", ACCOUNT)
    assert program.get(ACCOUNT, headers=headers).status_code == 403
    assert program.get(ACCOUNT, headers=headers, REMOTE_ADDR="203.0.113.7").status_code == 200


def test_a_key_that_may_only_read_can_not_buy(agent: Agent, cards: SKU) -> None:
    reader = program_of(agent, can_buy=False)
    assert reader.get("/api/v1/products").status_code == 200
    assert code_of(reader.order(sku=cards.code)) == (403, "buying_not_allowed")
    assert not Order.objects.exists()


def test_the_last_use_is_told_to_the_minute(
    program: Program, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    program.get(ACCOUNT)
    first = key_of(program).last_used_at
    assert first is not None
    with django_assert_num_queries(4):  # the key, wallet and limits, and no UPDATE
        program.get(ACCOUNT)
    assert key_of(program).last_used_at == first
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        program.get(ACCOUNT)
    later = key_of(program).last_used_at
    assert later is not None
    assert later > first


def test_a_refused_call_does_not_count_as_use(program: Program) -> None:
    Program(program.key_id, "wrong").get(ACCOUNT)
    assert key_of(program).last_used_at is None


def test_upper_case_signatures_are_fine(program: Program) -> None:
    headers = program.headers("GET", ACCOUNT)
    headers["X-Signature"] = headers["X-Signature"].upper()
    assert program.get(ACCOUNT, headers=headers).status_code == 200
