"""Staff keep suppliers and import cards in the admin."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import reverse

from catalog.models import SKU, Card
from catalog.queries import stock_of
from ledger.models import Entry
from suppliers import uploads
from suppliers.models import Supplier
from tests import world
from users.models import AuditLog, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(world.make_user("chief", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def supplier() -> Supplier:
    return Supplier.objects.create(
        code="acme", name="Acme", adapter="fulu", base_url="https://acme.example"
    )


def form_of(supplier: Supplier, **changes: str) -> dict[str, str]:
    return {
        "code": supplier.code,
        "name": supplier.name,
        "base_url": supplier.base_url,
        "secret_app_key": "key-1",
        "secret_app_secret": "0123456789abcdef",
        "calls_per_second": "0",
        "calls_at_once": "8",
        "breaker_after": "5",
        "breaker_open_seconds": "30",
        "connect_timeout_seconds": "3",
        "read_timeout_seconds": "10",
        "settling_seconds": "600",
        "manual_after_seconds": "86400",
    } | changes


def test_the_code_of_a_supplier_can_not_be_changed(staff: Client, supplier: Supplier) -> None:
    page = reverse("admin:suppliers_supplier_change", args=[supplier.pk])
    staff.post(page, form_of(supplier, code="other"))
    supplier.refresh_from_db()
    assert supplier.code == "acme"


def test_a_supplier_is_closed_and_opened_with_a_reason(staff: Client, supplier: Supplier) -> None:
    close = reverse("admin:suppliers_supplier_close", args=[supplier.pk])
    assert staff.get(close).status_code == 200
    assert staff.post(close, {"reason": "  "}).context["form"].errors["reason"]
    supplier.refresh_from_db()
    assert supplier.is_open

    staff.post(close, {"reason": "callbacks are late"})
    supplier.refresh_from_db()
    assert (supplier.is_open, supplier.closed_reason) == (False, "callbacks are late")

    staff.post(reverse("admin:suppliers_supplier_open", args=[supplier.pk]), {"reason": "mended"})
    supplier.refresh_from_db()
    assert (supplier.is_open, supplier.closed_reason) == (True, "")
    actions = AuditLog.objects.filter(target="supplier:acme").order_by("id")
    assert [(row.action, row.reason) for row in actions] == [
        ("supplier.close", "callbacks are late"),
        ("supplier.open", "mended"),
    ]


@pytest.fixture
def sku() -> SKU:
    return world.make_sku("card")


def upload(client: Client, sku: SKU, content: str, **changes: str) -> object:
    stock = world.stock_supplier()
    fields: dict[str, object] = {
        "file": SimpleUploadedFile("cards.csv", content.encode()),
        "supplier": str(stock.pk),
        "unit_cost": "9.5",
    }
    page = reverse("admin:suppliers_import_cards", args=[sku.pk])
    return client.post(page, fields | changes, follow=True)


def said(response: object) -> str:
    content: bytes = response.content  # type: ignore[attr-defined]
    return content.decode()


def test_an_uploaded_file_comes_into_stock(staff: Client, sku: SKU) -> None:
    upload(staff, sku, "N1,S1\nN2,S2\nN1,S1\n")
    assert stock_of([sku.pk]) == {sku.pk: 2}
    assert Entry.objects.get(kind="stock_purchase").postings.filter(amount=19).exists()
    assert AuditLog.objects.get(action="stock.import").actor == User.objects.get(username="chief")


def test_bad_lines_of_an_upload_are_listed_and_nothing_comes_in(staff: Client, sku: SKU) -> None:
    response = upload(staff, sku, "NUM1,SECRET1\n" + "NUM2,\n" * 30)
    page = said(response)
    assert response.context["form"].errors["file"]  # type: ignore[attr-defined]
    assert len(response.context["notes"]) == 21  # type: ignore[attr-defined]
    assert "NUM2" not in page
    assert "SECRET1" not in page
    assert not Card.objects.exists()


def test_an_uploaded_file_never_lies_on_disk(staff: Client, sku: SKU, tmp_path: Path) -> None:
    (tmp_path / "nowhere").touch()
    content = "".join(f"N{i:06},S{i:0100}\n" for i in range(30_000))
    with override_settings(FILE_UPLOAD_TEMP_DIR=str(tmp_path / "nowhere")):
        upload(staff, sku, content)
    assert stock_of([sku.pk]) == {sku.pk: 30_000}


def test_an_upload_without_the_csrf_token_is_refused(sku: SKU) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.make_user(is_staff=True, is_superuser=True))
    page = reverse("admin:suppliers_import_cards", args=[sku.pk])
    assert client.post(page, {"file": SimpleUploadedFile("a", b"N,S")}).status_code == 403


def test_good_lines_come_in_when_asked_for(staff: Client, sku: SKU) -> None:
    upload(staff, sku, "N1,S1\nN2,\n", skip_bad="on")
    assert stock_of([sku.pk]) == {sku.pk: 1}


def test_an_upload_that_is_too_large_is_refused(
    staff: Client, sku: SKU, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_UPLOAD_BYTES", 10)
    response = upload(staff, sku, "NUMBER1,SECRET1\n")
    assert "20 MB" in response.context["form"].errors["file"][0]  # type: ignore[attr-defined]
    assert not Card.objects.exists()


@pytest.mark.parametrize("cost", ["", "-1", "cheap", "0.00001"])
def test_a_cost_that_is_no_amount_is_refused(staff: Client, sku: SKU, cost: str) -> None:
    response = upload(staff, sku, "N1,S1\n", unit_cost=cost)
    assert response.context["form"].errors["unit_cost"]  # type: ignore[attr-defined]


def test_a_top_up_has_no_cards_to_import(staff: Client) -> None:
    sku = world.make_sku("topup")
    response = staff.get(reverse("admin:suppliers_import_cards", args=[sku.pk]))
    assert response.status_code == 302


def test_staff_without_the_right_can_neither_import_nor_close(sku: SKU, supplier: Supplier) -> None:
    person = world.make_user(is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_supplier"))
    client = Client()
    client.force_login(person)
    page = reverse("admin:suppliers_import_cards", args=[sku.pk])
    assert client.get(page).status_code == 403
    close = reverse("admin:suppliers_supplier_close", args=[supplier.pk])
    assert client.post(close, {"reason": "why not"}).status_code == 403
    supplier.refresh_from_db()
    assert supplier.is_open
