"""The back office answers “which supplier needs me now?”, and lets the right people act."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from suppliers.alerts import services as alerts
from suppliers.models import (
    AlertCause,
    AlertDelivery,
    AlertReceiver,
    BalanceReading,
    HealthRule,
    Supplier,
    SupplierHour,
    SupplierPause,
    SupplierStat,
)
from tests import world
from tests.sandboxes import SandboxProcess
from users.models import AuditLog

pytestmark = pytest.mark.django_db

LIST = "admin:suppliers_supplierhealth_changelist"


@pytest.fixture
def staff() -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(world.make_user("chief", is_staff=True, is_superuser=True))
    client.cookies["django_language"] = "en"
    return client


def clerk(*permissions: str) -> Client:
    person = world.make_user(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(person)
    return client


def supplier(code: str, **stat: object) -> Supplier:
    row = Supplier.objects.create(code=code, name=f"Supplier {code}", adapter="fulu")
    SupplierStat.objects.create(supplier=row, **stat)
    return row


def paused(row: Supplier, cause: str = "failures", **fields: object) -> SupplierPause:
    now = timezone.now()
    facts = {"failed": "7", "decided": "9"}
    return SupplierPause.objects.create(
        supplier=row,
        cause=cause,
        facts=facts,
        **{"began_at": now, "retry_at": now + timedelta(minutes=5), **fields},
    )


def page(client: Client, name: str, *args: object) -> str:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return response.content.decode()


def order_of(text: str, *codes: str) -> list[str]:
    return sorted(codes, key=lambda code: text.index(f"Supplier {code}"))


def test_who_needs_somebody_stands_first_and_says_why(staff: Client) -> None:
    supplier("fine", balance=Decimal(5000), success_rate=Decimal("0.9950"), attempts=200)
    paused(supplier("down"))
    low = supplier("low", balance=Decimal(50), spend_per_hour=Decimal(25))
    alerts.begin(
        AlertCause.LOW_BALANCE,
        supplier=low,
        facts={"balance": "50", "spend_per_hour": "25", "lasts_hours": "2.0"},
    )
    shut = supplier("shut")
    Supplier.objects.filter(pk=shut.pk).update(is_open=False, closed_reason="contract ended")
    waiting = supplier("waiting", waiting_for_person=3, undecided=4)

    text = page(staff, LIST)
    assert order_of(text, "fine", "down", "low", "shut", "waiting")[2:] == ["low", "fine", "shut"]
    assert "7 of the last 9 decided attempts failed." in text
    assert "3 attempts wait for your decision." in text
    assert f"?needs_decision__exact=1&amp;supplier__id__exact={waiting.pk}" in text
    decisions = reverse("admin:orders_fulfilment_changelist")
    query = {"needs_decision__exact": "1", "supplier__id__exact": str(waiting.pk)}
    assert staff.get(decisions, query).status_code == 200
    assert "lasts 2 hours" in text
    assert "99.5%" in text
    assert "contract ended" in text


def test_the_list_takes_as_many_queries_for_thirty_as_for_one(staff: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            page(staff, LIST)
        return len(captured)

    paused(supplier("s0"))
    queries()  # the session's first page
    one = queries()
    for number in range(1, 30):
        row = supplier(f"s{number}")
        paused(row)
        alerts.begin(AlertCause.LOW_BALANCE, supplier=row, facts={"balance": "1"})
    assert queries() == one


def test_an_empty_list_says_what_to_do(staff: Client) -> None:
    world.stock_supplier()
    assert "There is no supplier that is called over the network yet." in page(staff, LIST)


def test_the_page_of_a_supplier_draws_what_was_read(staff: Client) -> None:
    row = supplier("acme", balance=Decimal(80), balance_at=timezone.now())
    url = "admin:suppliers_supplierhealth_change"
    assert "Nothing to draw yet" in page(staff, url, row.pk)
    now = timezone.now()
    for hours in range(30):
        at = now - timedelta(hours=30 - hours)
        BalanceReading.objects.create(supplier=row, balance=100 - hours, at=at)
        SupplierHour.objects.create(
            supplier=row,
            hour=at.replace(minute=0, second=0, microsecond=0),
            attempts=10,
            succeeded=8,
            failed=2,
            unknown=1,
            p50_seconds=1.5,
            p95_seconds=4.5,
            spent=Decimal("12.5"),
        )
    BalanceReading.objects.create(supplier=row, balance=None, at=now)
    text = page(staff, url, row.pk)
    labels = re.findall(r'role="img" aria-label="([^"]*)"', text)
    assert len(labels) == 6
    assert "¥71.00" in labels[0]
    assert "80.0" in labels[1]
    assert "4.5" in labels[3]


def test_a_pause_is_ended_with_a_reason_by_who_may(staff: Client) -> None:
    row = supplier("acme")
    pause = paused(row)
    url = reverse("admin:suppliers_health_resume", args=[row.pk])
    assert "Open Supplier acme again" in staff.get(url).content.decode()
    refused = staff.post(url, {"reason": " ", "hold_hours": "2"})
    assert refused.context["form"].errors["reason"]
    staff.post(url, {"reason": "they mended it", "hold_hours": "2"})
    pause.refresh_from_db()
    assert pause.ended_at is not None
    hold = HealthRule.objects.get(supplier=row).hold_until
    assert hold is not None
    assert timedelta(minutes=110) < hold - timezone.now() <= timedelta(hours=2)
    assert AuditLog.objects.get(action="supplier.resume").reason == "they mended it"
    again = staff.post(url, {"reason": "twice", "hold_hours": "0"}, follow=True)
    assert "isn't paused any more" in again.content.decode().replace("&#x27;", "'")


def test_a_trial_is_begun_by_hand(staff: Client) -> None:
    pause = paused(supplier("acme"))
    url = reverse("admin:suppliers_health_try", args=[pause.supplier_id])
    staff.post(url, {"reason": "they called"})
    pause.refresh_from_db()
    assert (pause.is_on_trial, pause.trial_slots) == (True, 3)
    assert "On trial: 3 more orders may go there." in page(staff, LIST)


def test_the_balance_is_asked_for_by_a_button(
    staff: Client, sandbox_suppliers: list[Supplier], supplier_sandbox: SandboxProcess
) -> None:
    supplier_sandbox.settings(balances={"fulu-a": "777.70"})
    url = reverse("admin:suppliers_health_balance", args=[sandbox_suppliers[0].pk])
    assert staff.get(url).status_code == 405
    assert "¥777.70" in staff.post(url, follow=True).content.decode()
    Supplier.objects.update(base_url="http://127.0.0.1:9")
    text = staff.post(url, follow=True).content.decode().replace("&#x27;", "'")
    assert "didn't tell its balance" in text
    assert "¥777.70" in text


@pytest.mark.parametrize(
    ("act", "data"),
    [
        ("admin:suppliers_health_resume", {"reason": "x", "hold_hours": "1"}),
        ("admin:suppliers_health_try", {"reason": "x"}),
        ("admin:suppliers_health_balance", {}),
        ("admin:suppliers_health_rules", {"reason": "x"}),
    ],
)
def test_who_may_only_look_can_not_act(act: str, data: dict[str, str]) -> None:
    pause = paused(supplier("acme"))
    looker = clerk("view_supplier")
    assert looker.get(reverse(LIST)).status_code == 200
    assert looker.post(reverse(act, args=[pause.supplier_id]), data).status_code == 403
    pause.refresh_from_db()
    assert (pause.ended_at, pause.trial_at) == (None, None)


def test_who_may_not_look_sees_nothing() -> None:
    row = supplier("acme")
    nobody = clerk("view_order")
    for address in (
        reverse(LIST),
        reverse("admin:suppliers_supplierhealth_change", args=[row.pk]),
    ):
        assert nobody.get(address).status_code == 403


def test_rules_are_changed_with_a_reason_and_audited(staff: Client) -> None:
    row = supplier("acme")
    url = reverse("admin:suppliers_health_rules", args=[row.pk])
    form = staff.get(url).context["form"]
    data = {name: form[name].value() for name in form.fields} | {"trial_orders": "7"}
    refused = staff.post(url, data | {"reason": "", "failure_share": "1.5"})
    assert set(refused.context["form"].errors) == {"reason", "failure_share"}
    assert not HealthRule.objects.exists()

    staff.post(url, data | {"reason": "they are slow to mend"})
    rule = HealthRule.objects.get(supplier=row)
    assert (rule.trial_orders, rule.pauses_automatically) == (7, True)
    record = AuditLog.objects.get(action="supplier.rules")
    assert (record.details, record.reason) == ({"trial_orders": "7"}, "they are slow to mend")


# --- who is told -----------------------------------------------------------------------------


ADD = "admin:suppliers_alertreceiver_add"


def receiver_form(**changes: str) -> dict[str, str]:
    return {
        "code": "ops",
        "name": "Operations",
        "kind": "webhook",
        "address": "https://ops.example/alerts",
        "secret": "a-secret-that-is-long-enough",
        "is_open": "on",
    } | changes


def test_a_receiver_is_added_and_its_secret_never_shown(staff: Client) -> None:
    assert staff.post(reverse(ADD), receiver_form()).status_code == 302
    row = AlertReceiver.objects.get()
    assert alerts.secret_of(row) == "a-secret-that-is-long-enough"
    text = page(staff, "admin:suppliers_alertreceiver_change", row.pk)
    assert "a-secret-that-is-long-enough" not in text
    change = reverse("admin:suppliers_alertreceiver_change", args=[row.pk])
    staff.post(change, receiver_form(secret="", name="Ops", causes="gone"))
    row.refresh_from_db()
    assert (row.name, row.causes) == ("Ops", ["gone"])
    assert alerts.secret_of(row) == "a-secret-that-is-long-enough"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"address": "http://169.254.169.254/"}, "address"),
        ({"address": "nonsense"}, "address"),
        ({"kind": "email"}, "address"),
        ({"secret": ""}, "secret"),
        ({"secret": "short"}, "secret"),
        ({"causes": "nonsense"}, "causes"),
    ],
)
def test_a_mistake_is_told_beside_its_field(
    staff: Client, changes: dict[str, str], field: str
) -> None:
    response = staff.post(reverse(ADD), receiver_form(**changes))
    assert response.context["adminform"].form.errors[field]
    assert not AlertReceiver.objects.exists()


def test_the_test_button_leads_to_the_log_of_what_came_of_it(
    staff: Client, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    staff.post(reverse(ADD), receiver_form(kind="email", address="duty@shop.example", secret=""))
    row = AlertReceiver.objects.get()
    url = reverse("admin:suppliers_alertreceiver_test", args=[row.pk])
    assert "duty@shop.example" in staff.get(url).content.decode()
    response = staff.post(url, follow=True)
    delivery = AlertDelivery.objects.get()
    assert response.redirect_chain[-1][0].endswith(f"/{delivery.pk}/change/")
    assert AuditLog.objects.filter(action="alert.test").exists()
    looker = clerk("view_alertreceiver")
    assert looker.post(url).status_code == 403
    assert AlertDelivery.objects.count() == 1


def test_lists_of_alerts_and_messages_can_be_read(staff: Client) -> None:
    staff.post(reverse(ADD), receiver_form())
    alerts.begin(AlertCause.LOW_BALANCE, supplier=supplier("acme"), facts={"balance": "3"})
    assert "¥3.00 is left." in page(staff, "admin:suppliers_alert_changelist")
    assert "low balance" in page(staff, "admin:suppliers_alertdelivery_changelist")
    assert "on its way" in page(staff, "admin:suppliers_alertreceiver_changelist")
    for state in ("due", "done", "lost"):
        url = reverse("admin:suppliers_alertdelivery_changelist")
        assert staff.get(url, {"state": state}).status_code == 200
    response = staff.get(reverse("admin:suppliers_alert_changelist"), {"over": "no"})
    assert response.context["cl"].result_count == 1
