"""The developers' pages: keys, webhooks, the log, the signing bench, examples, the sandbox."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from kameng.models import Agent, ApiKey, BalanceWatch, Delivery, DeliveryAttempt, Endpoint
from kameng.services.api_keys import create_api_key
from kameng.services.endpoints import CHOSEN_EVENTS, create_endpoint
from kameng.services.events import record_test
from orders.services import place_order
from outbound.signing import Signable, signature
from suppliers.models import Supplier
from tests import world
from tests.listeners import Listener, listening

pytestmark = pytest.mark.django_db
HOME = "/kameng/developer/"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def agent() -> Agent:
    return world.make_agent(balance="1000")


@pytest.fixture
def browser(agent: Agent) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.cookies["django_language"] = "en"
    client.force_login(agent.user)
    return client


@pytest.fixture
def shop() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


@pytest.fixture
def hinted(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, tasks_at_once: None
) -> DjangoCaptureOnCommitCallbacks:
    return django_capture_on_commit_callbacks


def make_endpoint(agent: Agent, shop: Listener) -> tuple[Endpoint, str]:
    return create_endpoint(
        agent=agent, actor=agent.user, url=f"{shop.base_url}/hook", events=CHOSEN_EVENTS
    )


def text_of(response: Any) -> str:
    text: str = response.content.decode()
    return text


class TestKeys:
    def test_the_secret_is_shown_once(self, agent: Agent, browser: Client) -> None:
        form = {"label": "Shop", "world": "real", "can_buy": "on", "addresses": "1.1.1.1\n::1"}
        made = browser.post(f"{HOME}keys/", form)
        assert made.status_code == 302
        key = ApiKey.objects.get()
        assert (key.label, key.can_buy, key.ip_allow_list) == ("Shop", True, ["1.1.1.1", "::1"])
        shown = browser.get(made["Location"])
        assert "no-store" in shown["Cache-Control"]
        (secret,) = re.findall(r"<code>([\w-]{43})</code>", text_of(shown))
        again = browser.get(made["Location"])
        assert again.status_code == 302
        assert secret not in text_of(browser.get(HOME))
        assert secret not in str(dict(browser.session))

    def test_a_wrong_address_is_told_beside_its_field_and_nothing_is_lost(
        self, browser: Client
    ) -> None:
        form = {"label": "My shop", "world": "real", "addresses": "not-an-address"}
        refused = browser.post(f"{HOME}keys/", form)
        assert refused.status_code == 422 or refused.status_code == 400
        assert not ApiKey.objects.exists()
        assert "not-an-address" in text_of(refused)
        assert 'value="My shop"' in text_of(refused)
        assert refused.context["form"].errors.keys() == {"addresses"}

    def test_rotation_keeps_the_old_key_for_a_while(self, agent: Agent, browser: Client) -> None:
        old, _ = create_api_key(agent=agent, actor=agent.user, can_buy=False, label="L")
        browser.post(f"{HOME}keys/{old.pk}/rotate/", {"overlap": "24"})
        old.refresh_from_db()
        new = ApiKey.objects.exclude(pk=old.pk).get()
        assert (new.can_buy, new.label) == (False, "L")
        assert old.is_usable
        assert old.expires_at is not None
        left = old.expires_at - timezone.now()
        assert 23 * 3600 < left.total_seconds() <= 24 * 3600
        page = text_of(browser.get(HOME))
        assert f"/keys/{old.pk}/rotate/" not in page
        refused = browser.post(f"{HOME}keys/{old.pk}/rotate/", {"overlap": "24"}, follow=True)
        assert "replaced already" in text_of(refused)
        assert ApiKey.objects.count() == 2

    def test_revoking_ends_it_at_once(self, agent: Agent, browser: Client) -> None:
        key, _ = create_api_key(agent=agent, actor=agent.user)
        browser.post(f"{HOME}keys/{key.pk}/revoke/")
        assert not ApiKey.objects.usable().exists()
        told = browser.post(f"{HOME}keys/{key.pk}/revoke/", follow=True)
        assert "revoked already" in text_of(told)

    def test_others_keys_do_not_exist(self, browser: Client) -> None:
        other = world.make_agent()
        key, _ = create_api_key(agent=other, actor=other.user)
        for action in ("rotate", "revoke"):
            assert browser.post(f"{HOME}keys/{key.pk}/{action}/").status_code == 404
        assert key.key_id not in text_of(browser.get(HOME))

    def test_a_suspended_agent_can_revoke_but_not_make(self, agent: Agent, browser: Client) -> None:
        key, _ = create_api_key(agent=agent, actor=agent.user)
        Agent.objects.filter(pk=agent.pk).update(status="suspended")
        assert browser.post(f"{HOME}keys/", {"world": "real"}).status_code == 403
        browser.post(f"{HOME}keys/{key.pk}/revoke/")
        assert not ApiKey.objects.usable().exists()


class TestWebhooks:
    def test_made_tested_and_looked_at(
        self, agent: Agent, browser: Client, shop: Listener, hinted: Any
    ) -> None:
        shop.answer = lambda request: (418, b'{"token":"s3cr3t","why":"I am a <teapot>"}')
        form = {"url": f"{shop.base_url}/hook", "world": "real", "events": ["order.finished"]}
        made = browser.post(f"{HOME}webhooks/", form, follow=True)
        assert "whsec_" in text_of(made)
        endpoint = Endpoint.objects.get()
        with hinted(execute=True):
            sent = browser.post(f"{HOME}webhooks/{endpoint.pk}/test/")
        page = text_of(browser.get(sent["Location"]))
        assert "418" in page
        assert "X-Signature" in page
        assert "I am a &lt;teapot&gt;" in page
        assert "s3cr3t" not in page
        assert "given up" in text_of(browser.get(f"{HOME}log/"))

    @pytest.mark.parametrize(
        ("form", "field"),
        [
            ({"url": "ftp://x.example/", "events": ["order.finished"]}, "url"),
            ({"url": "https://shop.example/", "events": []}, "events"),
            ({"url": "https://shop.example/", "events": ["nonsense"]}, "events"),
        ],
    )
    def test_what_is_wrong_is_told_beside_its_field(
        self, browser: Client, form: dict[str, Any], field: str
    ) -> None:
        refused = browser.post(f"{HOME}webhooks/", {**form, "world": "real", "label": "Mine"})
        assert refused.status_code in (400, 422)
        assert refused.context["form"].errors.keys() == {field}
        assert 'value="Mine"' in text_of(refused)
        assert not Endpoint.objects.exists()

    def test_pause_resume_rotate_delete(
        self, agent: Agent, browser: Client, shop: Listener
    ) -> None:
        endpoint, secret = make_endpoint(agent, shop)
        base = f"{HOME}webhooks/{endpoint.pk}/"
        browser.post(f"{base}pause/")
        assert "paused by you" in text_of(browser.get(base))
        browser.post(f"{base}resume/")
        shown = browser.post(f"{base}rotate/", {"overlap": "24"}, follow=True)
        assert "whsec_" in text_of(shown)
        assert secret not in text_of(shown)
        assert "X-Signature-Next" in text_of(browser.get(base))
        browser.post(f"{base}switch/")
        browser.post(f"{base}delete/")
        assert browser.get(base).status_code == 404
        assert browser.post(f"{base}nonsense/").status_code == 404

    def test_the_threshold(self, agent: Agent, browser: Client) -> None:
        browser.post(f"{HOME}webhooks/threshold/", {"threshold": "500.50"})
        assert BalanceWatch.objects.get().threshold == Decimal("500.50")
        refused = browser.post(f"{HOME}webhooks/threshold/", {"threshold": "-1"})
        assert refused.status_code == 422
        browser.post(f"{HOME}webhooks/threshold/", {"threshold": ""})
        assert not BalanceWatch.objects.exists()

    def test_sent_again_from_the_log(
        self, agent: Agent, browser: Client, shop: Listener, hinted: Any
    ) -> None:
        make_endpoint(agent, shop)
        sku = world.make_sku(list_price="100")
        world.stock_cards(sku, 3)
        with hinted(execute=True):
            order = place_order(
                channel="wholesale", buyer=agent.user, sku=sku, quantity=1, client_ref="a"
            ).order
        found = browser.get(f"{HOME}log/", {"q": order.order_no, "state": "told"})
        assert order.order_no in text_of(found)
        delivery = Delivery.objects.get()
        with hinted(execute=True):
            browser.post(f"{HOME}log/event/{delivery.pk}/resend/")
        assert len(shop.received) == 2
        assert "Attempt 2" in text_of(browser.get(f"{HOME}log/event/{delivery.pk}/"))
        assert DeliveryAttempt.objects.count() == 2

    def test_others_messages_do_not_exist(self, browser: Client, shop: Listener) -> None:
        other = world.make_agent()
        endpoint, _ = make_endpoint(other, shop)
        delivery = record_test(endpoint)
        assert browser.get(f"{HOME}log/event/{delivery.pk}/").status_code == 404
        assert browser.post(f"{HOME}log/event/{delivery.pk}/resend/").status_code == 404
        assert browser.get(f"{HOME}webhooks/{endpoint.pk}/").status_code == 404

    def test_a_pause_by_itself_is_told_on_the_dashboard(
        self, agent: Agent, browser: Client, shop: Listener
    ) -> None:
        endpoint, _ = make_endpoint(agent, shop)
        Endpoint.objects.update(paused_at=timezone.now(), pause_reason="failing")
        assert f"/developer/webhooks/{endpoint.pk}/" in text_of(browser.get("/kameng/"))

    def test_the_log_costs_the_same_for_one_row_and_for_thirty(
        self,
        agent: Agent,
        browser: Client,
        shop: Listener,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        endpoint, _ = make_endpoint(agent, shop)
        record_test(endpoint)
        browser.get(f"{HOME}log/")
        with CaptureQueriesContext(connection) as one:
            browser.get(f"{HOME}log/")
        for _ in range(29):
            record_test(endpoint)
        with django_assert_num_queries(len(one)):
            browser.get(f"{HOME}log/")


class TestSigning:
    FORM = {
        "key_id": "ak_x",
        "secret": "a secret that is typed",
        "method": "GET",
        "path": "/api/v1/products?kind=card",
        "timestamp": "1795478402",
        "nonce": "0123456789abcdef",
    }
    REQUEST = Signable("GET", FORM["path"], FORM["timestamp"], FORM["nonce"], b"")

    def test_every_step_is_shown_and_the_secret_is_not(self, browser: Client) -> None:
        page = browser.post(f"{HOME}signing/", self.FORM)
        assert signature(self.FORM["secret"], self.REQUEST) in text_of(page)
        assert "1795478402\n0123456789abcdef\ne3b0c44298fc1c14" in text_of(page)
        assert self.FORM["secret"] not in text_of(page)
        assert page.context["canonical"].startswith("GET\n/api/v1/products?kind=card\n")

    def test_a_signature_that_does_not_fit_is_explained(self, browser: Client) -> None:
        other = Signable("GET", "/api/v1/products", self.FORM["timestamp"], self.FORM["nonce"], b"")
        given = signature(self.FORM["secret"], other)
        page = browser.post(f"{HOME}signing/", {**self.FORM, "given": given})
        assert "The query was left out" in text_of(page)
        right = signature(self.FORM["secret"], self.REQUEST)
        page = browser.post(f"{HOME}signing/", {**self.FORM, "given": right})
        assert "The signature is right." in text_of(page)

    def test_comparing_needs_the_timestamp_and_nonce(self, browser: Client) -> None:
        form = {**self.FORM, "nonce": "", "given": "0" * 64}
        assert "otherwise this page makes new ones" in text_of(
            browser.post(f"{HOME}signing/", form)
        )

    def test_a_read_is_really_sent(self, agent: Agent, browser: Client) -> None:
        key, secret = create_api_key(agent=agent, actor=agent.user)
        form = {"key_id": key.key_id, "secret": secret, "method": "GET", "send": "1"}
        page = browser.post(f"{HOME}signing/", {**form, "path": "/api/v1/account"})
        assert page.context["answer"].status == 200
        assert "&quot;balance&quot;: &quot;1000.00&quot;" in text_of(page)
        assert secret not in text_of(page)
        wrong = browser.post(f"{HOME}signing/", {**form, "path": "/api/v1/account", "secret": "x"})
        assert wrong.context["answer"].status == 401

    @pytest.mark.parametrize("path", ["/kameng/funds/", "/admin/", "/api/v1", "/api/v1/../../x"])
    def test_nothing_else_is_sent_from_here(self, browser: Client, path: str) -> None:
        page = browser.post(f"{HOME}signing/", {**self.FORM, "path": path, "send": "1"})
        assert page.context["answer"].status in (0, 401, 404)

    def test_buying_is_not_sent_from_here(self, agent: Agent, browser: Client) -> None:
        key, secret = create_api_key(agent=agent, actor=agent.user)
        form = {"key_id": key.key_id, "secret": secret, "method": "POST", "send": "1"}
        page = browser.post(f"{HOME}signing/", {**form, "path": "/api/v1/orders", "body": "{}"})
        assert page.context["answer"].status == 0

    def test_the_secret_is_not_logged(
        self, browser: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        browser.post(f"{HOME}signing/", {**self.FORM, "path": "/api/v1/account", "send": "1"})
        assert self.FORM["secret"] not in caplog.text

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"secret": ""}, "secret"),
            ({"path": "api"}, "path"),
            ({"path": "/商品"}, "path"),
            ({"nonce": "short"}, "nonce"),
            ({"timestamp": "now"}, "timestamp"),
            ({"body": "{}"}, "body"),
        ],
    )
    def test_faults_are_told_beside_the_field(
        self, browser: Client, changes: dict[str, str], field: str
    ) -> None:
        page = browser.post(f"{HOME}signing/", {**self.FORM, **changes})
        assert page.status_code == 422
        assert page.context["form"].errors.keys() == {field}


class TestExamplesAndSandbox:
    @pytest.mark.parametrize("language", ["curl", "python", "php", "java", "go", "node", "cobol"])
    def test_each_language_is_shown(self, browser: Client, language: str) -> None:
        page = browser.get(f"{HOME}examples/", {"language": language})
        assert "KAMENG_SECRET" in text_of(page)

    def test_the_vectors_can_be_had(self, browser: Client) -> None:
        answer = browser.get(f"{HOME}vectors.json")
        assert b"canonical_string" in b"".join(answer.streaming_content)  # type: ignore[attr-defined]

    def test_the_sandbox_opens_and_fills_with_one_click(
        self, agent: Agent, browser: Client
    ) -> None:
        assert "no sandbox" in text_of(browser.get(f"{HOME}sandbox/"))
        Supplier.objects.create(code="practice-a", name="练习", adapter="fulu", is_sandbox=True)
        page = browser.post(f"{HOME}sandbox/refill/", follow=True)
        assert "100,000.00" in text_of(page)
        browser.post(f"{HOME}keys/", {"world": "sandbox", "can_buy": "on"})
        assert ApiKey.objects.get().key_id.startswith("ak_sandbox_")


@pytest.mark.parametrize(
    "page", ["", "webhooks/", "log/", "signing/", "examples/", "sandbox/", "secret/"]
)
def test_strangers_log_in_first(client: Client, page: str) -> None:
    answer = client.get(HOME + page)
    assert answer.status_code == 302
    assert "/login" in answer["Location"]
