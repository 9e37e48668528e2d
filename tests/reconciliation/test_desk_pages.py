"""The bookkeeper's pages: upload, day, difference, settle, take back, withdraw, export."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import pytest
import tablib
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ledger import accounts
from ledger.services import balance
from reconciliation.models import Difference, Party, Resolution, Statement, StatementDay
from suppliers.outcomes import OutcomeKind
from tests import world
from tests.reconciliation.desk import Desk, today
from users.models import AuditLog

pytestmark = pytest.mark.django_db
UPLOAD = "admin:reconciliation_upload"


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(world.make_user("books", is_staff=True, is_superuser=True))
    client.cookies["django_language"] = "en"
    return client


def upload(client: Client, desk: Desk, content: bytes | None = None, **changes: object):
    said = {
        "party": desk.party.pk,
        "first_day": today().isoformat(),
        "file": SimpleUploadedFile("today.csv", desk.file if content is None else content),
    }
    return client.post(reverse(UPLOAD), said | changes, follow=True)


def page_of(client: Client, row: Difference | StatementDay) -> str:
    name = f"admin:reconciliation_{row._meta.model_name}_change"
    return client.get(reverse(name, args=[row.pk])).content.decode()


def test_a_file_is_uploaded_and_what_differs_is_settled_and_taken_back(
    staff: Client, desk: Desk
) -> None:
    attempt = desk.attempt(OutcomeKind.REJECTED)
    desk.says("扣款", attempt, "-45", balance="955")
    assert "Upload" in staff.get(reverse(UPLOAD)).content.decode()
    assert upload(staff, desk).redirect_chain
    row = Difference.objects.get(verdict="charged_but_failed")
    shown = page_of(staff, row)
    assert attempt.order.order_no in shown
    assert "today.csv" in shown
    claim = reverse("admin:reconciliation_resolve", args=[row.pk, "claim"])
    assert claim in shown
    form = staff.get(claim).context["form"]
    said = {"request_ref": form["request_ref"].value(), "seen": form["seen"].value()}
    assert "reason" in staff.post(claim, said).context["form"].errors
    for _ in range(2):  # a double click
        assert staff.post(claim, said | {"reason": "called them"}).status_code == 302
    assert Resolution.objects.count() == 1
    assert balance(accounts.supplier_claim("remote")) == Decimal(-45)
    assert "called them" in page_of(staff, row)
    back = reverse("admin:reconciliation_take_back", args=[Resolution.objects.get().pk])
    assert staff.post(back, {"reason": "they did deliver"}).status_code == 302
    assert balance(accounts.supplier_claim("remote")) == 0
    assert AuditLog.objects.filter(action="reconcile.take_back").count() == 1
    assert world.books_are_clean()


def test_a_file_with_bad_lines_says_which_and_keeps_what_was_typed(
    staff: Client, desk: Desk
) -> None:
    desk.says("扣款", "F1", "abc")
    answer = upload(staff, desk, closing_balance="12.5")
    assert "file" in answer.context["form"].errors
    assert any("2" in str(note) and "abc" in str(note) for note in answer.context["notes"])
    assert answer.context["form"]["closing_balance"].value() == "12.5"
    assert not StatementDay.objects.exists()
    assert upload(staff, desk, b"a,b\n1,2\n").context["form"].errors["file"]
    assert upload(staff, desk, first_day="").context["form"].errors["first_day"]
    assert upload(staff, desk, last_day="2020-01-01").context["form"].errors["last_day"]


def test_the_day_shows_both_balances_and_its_differences(staff: Client, desk: Desk) -> None:
    desk.says("加款", "", "1000", balance="1000")
    desk.says("扣款", desk.attempt(), "-45", balance="955")
    upload(staff, desk)
    shown = page_of(staff, StatementDay.objects.get())
    assert "955" in shown
    assert page_of(staff, Difference.objects.get())
    listed = staff.get(reverse("admin:reconciliation_statementday_changelist"))
    assert "955" in listed.content.decode()


def test_several_are_settled_in_one_way(staff: Client, desk: Desk) -> None:
    for number in range(3):
        desk.says("扣款", f"FOREIGN{number}", f"-{number + 1}")
    upload(staff, desk)
    chosen = list(Difference.objects.values_list("pk", flat=True))
    answer = staff.post(
        reverse("admin:reconciliation_difference_changelist"),
        {"action": "settle_selected", "_selected_action": chosen},
    )
    many = answer.headers["Location"]
    assert staff.get(many).status_code == 200
    said = {"request_ref": str(uuid4()), "kind": "write_off", "reason": "small change"}
    for _ in range(2):
        staff.post(many, said)
    assert Resolution.objects.count() == 3
    assert balance(accounts.supplier_loss("remote")) == Decimal(-6)
    assert world.books_are_clean()


@pytest.mark.parametrize("kind", ["csv", "excel"])
@pytest.mark.parametrize("model", ["difference", "statementday"])
def test_lists_leave_as_files(staff: Client, desk: Desk, model: str, kind: str) -> None:
    desk.says("扣款", "=cmd|' /C calc'!A1", "-1")
    upload(staff, desk)
    keys = {
        "difference": list(Difference.objects.values_list("pk", flat=True)),
        "statementday": list(StatementDay.objects.values_list("pk", flat=True)),
    }
    answer = staff.post(
        reverse(f"admin:reconciliation_{model}_changelist"),
        {"action": f"export_{kind}", "_selected_action": keys[model]},
    )
    content = b"".join(answer) if answer.streaming else answer.content
    if kind == "csv":
        table = tablib.Dataset().load(content.decode("utf-8-sig"), format="csv")
    else:
        table = tablib.Dataset().load(BytesIO(content), format="xlsx")
    assert len(table) == 1
    assert not any(str(cell).startswith("=") for cell in table[0])


def test_a_file_is_withdrawn_once(staff: Client, desk: Desk) -> None:
    desk.says("扣款", "FOREIGN", "-1")
    upload(staff, desk)
    statement = Statement.objects.get()
    url = reverse("admin:reconciliation_statement_withdraw", args=[statement.pk])
    assert staff.post(url, {"reason": ""}).status_code == 200
    assert staff.post(url, {"reason": "wrong day"}).status_code == 302
    assert not Difference.objects.exists()
    assert staff.post(url, {"reason": "again"}).status_code == 302


def test_how_files_are_written_is_saved_and_checked(staff: Client, desk: Desk) -> None:
    url = reverse("admin:reconciliation_party_change", args=[desk.party.pk])
    party = Party.objects.get()
    said = {
        "our_ref_column": "单号",
        "amount_column": "实扣",
        "at_column": "日子",
        "charge_words": "消费",
        "return_words": "退回",
        "negative_means": "charge",
        "encoding": "gbk",
    }
    assert staff.post(url, said | {"return_words": "消费"}).status_code == 200
    assert staff.post(url, said | {"at_column": ""}).status_code == 200
    party.refresh_from_db()
    assert party.amount_column == ""
    assert staff.post(url, said).status_code == 302
    attempt = desk.attempt()
    content = f"日子,单号,实扣\n{today()},{attempt.fulfilment_no},-45\n".encode("gbk")
    upload(staff, desk, content)
    assert StatementDay.objects.get().agreed_count == 1
    refused = upload(staff, desk, desk.file.decode().encode("gbk"))
    assert "单号" in str(refused.context["form"].errors["file"])


def test_without_the_permission_nothing_is_uploaded_nor_settled(client: Client, desk: Desk) -> None:
    desk.says("扣款", "FOREIGN", "-1")
    desk.imports()
    row = Difference.objects.get()
    client.force_login(world.make_user("clerk", is_staff=True))
    for url in (
        reverse(UPLOAD),
        reverse("admin:reconciliation_resolve", args=[row.pk, "claim"]),
        reverse("admin:reconciliation_resolve_many") + f"?ids={row.pk}",
        reverse("admin:reconciliation_difference_change", args=[row.pk]),
        reverse("admin:reconciliation_statement_withdraw", args=[Statement.objects.get().pk]),
    ):
        assert client.post(url, {"reason": "x"}).status_code == 403
    assert not Resolution.objects.exists()


def test_a_way_that_doesn_t_fit_and_hostile_addresses_book_nothing(
    staff: Client, desk: Desk
) -> None:
    desk.says("扣款", "<script>alert(1)</script>", "-1")
    upload(staff, desk)
    row = Difference.objects.get()
    assert "<script>alert(1)</script>" not in page_of(staff, row)
    for kind in ("fee", "delivered"):
        url = reverse("admin:reconciliation_resolve", args=[row.pk, kind])
        said = {"request_ref": str(uuid4()), "seen": "1", "reason": "x"}
        assert staff.post(url, said).context["form"].errors
    nonsense = reverse("admin:reconciliation_resolve", args=[row.pk, "nonsense"])
    assert staff.get(nonsense).status_code == 302
    assert not Resolution.objects.exists()


def test_the_lists_cost_the_same_for_one_row_and_for_thirty(
    staff: Client, desk: Desk, django_assert_max_num_queries
) -> None:
    url = reverse("admin:reconciliation_difference_changelist")
    desk.says("扣款", "FOREIGN", "-1")
    upload(staff, desk)
    with django_assert_max_num_queries(25) as one:
        staff.get(url)
    cost = len(one)
    for number in range(30):
        desk.says("扣款", f"FOREIGN{number}", "-1")
    upload(staff, desk)
    with django_assert_max_num_queries(cost):
        staff.get(url)
