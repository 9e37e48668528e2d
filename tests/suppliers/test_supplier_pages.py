"""Staff add a supplier of any protocol, keep its options and secrets, and try its connection."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from outbound import http
from outbound.limits import circuit_of, forget
from suppliers.models import STOCK_ADAPTER, Supplier
from suppliers.registry import config_of, line_of
from suppliers.sandbox.accounts import FURTHER, RELOADLY, SandboxAccount
from tests import world
from tests.sandboxes import SandboxProcess
from users.models import AuditLog

pytestmark = pytest.mark.django_db

ADD = "/admin/suppliers/supplier/add/"


@pytest.fixture
def staff() -> Client:
    client = Client(headers={"accept-language": "en"})
    client.cookies["django_language"] = "en"
    client.force_login(world.make_user("chief", is_staff=True, is_superuser=True))
    return client


def fields(code: str, **changes: str) -> dict[str, str]:
    return {
        "code": code,
        "name": code.title(),
        "base_url": "https://supplier.example",
        "calls_per_second": "2.5",
        "calls_at_once": "4",
        "breaker_after": "3",
        "breaker_open_seconds": "15",
        "connect_timeout_seconds": "3",
        "read_timeout_seconds": "10",
        "settling_seconds": "600",
        "manual_after_seconds": "86400",
        "slow_manual_after_seconds": "259200",
    } | changes


def of(account: SandboxAccount, sandbox_url: str) -> dict[str, str]:
    """What a person types in to have this account of the sandbox."""
    options = account.options_at(sandbox_url)
    return fields(
        account.code,
        base_url=account.base_url(sandbox_url),
        **{f"option_{name}": value for name, value in options.items()},
        **{f"secret_{name}": value for name, value in account.secrets.items()},
    )


def errors(response: Any) -> Any:
    return response.context["adminform"].form.errors


def said(client: Client, url: str) -> str:
    return client.get(url, follow=True).content.decode()


def test_the_first_question_is_the_protocol(staff: Client) -> None:
    page = staff.get(ADD).content.decode()
    for code in settings.SUPPLIER_ADAPTERS:
        assert f'value="{code}"' in page
    response = staff.post(ADD, {"adapter": "reloadly"})
    assert response.url == f"{ADD}?adapter=reloadly"  # type: ignore[attr-defined]
    assert staff.post(ADD, {"adapter": "nonsense"}).status_code == 200
    form = staff.get(f"{ADD}?adapter=reloadly").content.decode()
    assert 'name="option_cny_rate"' in form
    assert 'name="secret_webhook_secret"' in form
    assert "https://topups.reloadly.com" in form


@pytest.mark.parametrize("account", FURTHER.values(), ids=lambda account: account.code)
def test_a_supplier_of_each_protocol_is_added_and_connects(
    staff: Client, supplier_sandbox: SandboxProcess, account: SandboxAccount
) -> None:
    supplier_sandbox.settings(balances={account.code: "100.00"})
    response = staff.post(
        f"{ADD}?adapter={account.protocol}", of(account, supplier_sandbox.base_url)
    )
    assert response.status_code == 302, errors(response)

    supplier = Supplier.objects.get(code=account.code)
    config = config_of(supplier)
    assert supplier.adapter == account.protocol
    assert config.secrets == dict(account.secrets)
    assert config.options == account.options_at(supplier_sandbox.base_url)
    assert (config.line.calls_per_second, config.line.calls_at_once) == (2.5, 4)
    assert config.callback_url.endswith(f"/callbacks/suppliers/{account.code}/")

    url = reverse("admin:suppliers_supplier_test_connection", args=[supplier.pk])
    page = said(staff, url)
    assert "Connected: the balance is ¥" in page
    assert ("¥720.00" if account.currency == "USD" else "¥100.00") in page
    for secret in account.secrets.values():
        if secret not in account.code:
            assert secret not in page


def test_local_stock_is_added_without_an_address(staff: Client) -> None:
    response = staff.post(f"{ADD}?adapter={STOCK_ADAPTER}", {"code": "shelf", "name": "Shelf"})
    assert response.status_code == 302, errors(response)
    supplier = Supplier.objects.get(code="shelf")
    assert supplier.is_stock
    url = reverse("admin:suppliers_supplier_test_connection", args=[supplier.pk])
    assert staff.get(url).status_code == 403


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("secret_client_secret", ""),
        ("option_cny_rate", ""),
        ("option_cny_rate", "seven"),
        ("option_country", "China"),
        ("option_webhook_separator", "-"),
        ("option_auth_url", "nowhere"),
        ("base_url", ""),
        ("calls_per_second", "-1"),
        ("breaker_open_seconds", "0"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_made(
    staff: Client, field: str, value: str
) -> None:
    given = of(RELOADLY, "http://127.0.0.1:9") | {field: value}
    response = staff.post(f"{ADD}?adapter=reloadly", given)
    assert list(errors(response)) == [field]
    assert given["name"] in response.content.decode(), "what was typed is still there"
    assert not Supplier.objects.exists()


def change(supplier: Supplier) -> str:
    return reverse("admin:suppliers_supplier_change", args=[supplier.pk])


@pytest.fixture
def reloadly(staff: Client) -> Supplier:
    response = staff.post(f"{ADD}?adapter=reloadly", of(RELOADLY, "http://127.0.0.1:9"))
    assert response.status_code == 302, errors(response)
    return Supplier.objects.get()


def test_secrets_are_kept_when_left_empty_replaced_one_by_one_and_never_shown(
    staff: Client, reloadly: Supplier
) -> None:
    page = staff.get(change(reloadly)).content.decode()
    for secret in RELOADLY.secrets.values():
        assert secret not in page
    options = {f"option_{name}": value for name, value in reloadly.options.items()}
    same = fields("reloadly", base_url="http://127.0.0.1:9", **options)

    assert staff.post(change(reloadly), same | {"name": "Other"}).status_code == 302
    reloadly.refresh_from_db()
    assert (reloadly.name, config_of(reloadly).secrets) == ("Other", dict(RELOADLY.secrets))

    staff.post(change(reloadly), same | {"secret_client_secret": "brand-new-secret"})
    reloadly.refresh_from_db()
    expected = {**RELOADLY.secrets, "client_secret": "brand-new-secret"}
    assert config_of(reloadly).secrets == expected
    record = AuditLog.objects.filter(action="supplier.secrets").latest("id")
    assert record.details == {"names": "client_secret"}

    staff.post(change(reloadly), same | {"forget_webhook_secret": "on"})
    reloadly.refresh_from_db()
    assert "webhook_secret" not in config_of(reloadly).secrets


def test_a_secret_of_the_wrong_form_is_refused_without_quoting_it(staff: Client) -> None:
    given = fields("fulu-x", secret_app_key="key", secret_app_secret="too-short-to-be-one")
    response = staff.post(f"{ADD}?adapter=fulu", given)
    assert list(errors(response)) == ["secret_app_secret"]
    assert "too-short-to-be-one" not in response.content.decode()


def test_changed_options_are_in_the_audit_log_and_the_protocol_stays(
    staff: Client, reloadly: Supplier
) -> None:
    given = of(RELOADLY, "http://127.0.0.1:9") | {"option_cny_rate": "7.35", "adapter": "juhe"}
    assert staff.post(change(reloadly), given).status_code == 302
    reloadly.refresh_from_db()
    assert (reloadly.adapter, reloadly.options["cny_rate"]) == ("reloadly", "7.35")
    record = AuditLog.objects.filter(action="supplier.options").latest("id")
    assert record.details["cny_rate"] == "7.35"


def test_a_connection_that_fails_says_exactly_why(
    staff: Client, reloadly: Supplier, supplier_sandbox: SandboxProcess
) -> None:
    url = reverse("admin:suppliers_supplier_test_connection", args=[reloadly.pk])
    assert "No connection to 127.0.0.1:9 within 3 s" in said(staff, url)

    sandbox = supplier_sandbox.base_url
    Supplier.objects.update(base_url=sandbox + RELOADLY.path, options=RELOADLY.options_at(sandbox))
    options = {f"option_{k}": v for k, v in RELOADLY.options_at(sandbox).items()}
    wrong = fields("reloadly", base_url=sandbox + RELOADLY.path, **options)
    staff.post(change(reloadly), wrong | {"secret_client_secret": "not-the-right-one"})
    page = said(staff, url)
    assert "The supplier refused the credentials: check the secrets." in page
    assert "not-the-right-one" not in page

    staff.post(change(reloadly), wrong | {"base_url": f"{sandbox}/nowhere"})
    assert "check the" in said(staff, url)


def test_a_test_of_the_connection_closes_an_open_circuit_when_it_is_answered(
    staff: Client, reloadly: Supplier, supplier_sandbox: SandboxProcess
) -> None:
    Supplier.objects.update(calls_per_second=0)
    reloadly.refresh_from_db()
    line = line_of(reloadly)
    for _ in range(reloadly.breaker_after):
        with pytest.raises(http.Unreachable):
            http.call(
                "GET",
                "http://127.0.0.1:9/",
                connect_timeout_seconds=1,
                read_timeout_seconds=1,
                line=line,
            )
    assert "open: nothing is sent" in staff.get(change(reloadly)).content.decode()

    sandbox = supplier_sandbox.base_url
    Supplier.objects.update(base_url=sandbox + RELOADLY.path, options=RELOADLY.options_at(sandbox))
    url = reverse("admin:suppliers_supplier_test_connection", args=[reloadly.pk])
    assert "Connected" in said(staff, url)
    circuit = circuit_of(line)
    assert circuit is not None
    assert circuit.state == "closed"
    forget(line)


def test_staff_who_may_only_look_can_neither_add_nor_test(reloadly: Supplier) -> None:
    person = world.make_user(is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_supplier"))
    client = Client()
    client.force_login(person)
    assert client.get(ADD).status_code == 403
    assert client.get(change(reloadly)).status_code == 200
    url = reverse("admin:suppliers_supplier_test_connection", args=[reloadly.pk])
    assert client.get(url).status_code == 403
