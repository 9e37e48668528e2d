"""A list of numbers: looked at, started, paused, gone on with, cancelled, tried again."""

from __future__ import annotations

import re
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config.celery import app as celery_app
from kameng.api.errors import BatchConflict
from kameng.buying_errors import JobNotChangeable
from kameng.models import Batch
from kameng.queries.jobs import progress_of
from kameng.services import batches
from kameng.services.agents import suspend_agent
from kameng.services.jobs import JobLine, cancel_job, pause_job, resume_job, start_job
from ledger.services import balance
from orders.models import Order
from suppliers.models import Supplier
from tests import world
from tests.threads import in_threads
from users.models import AuditLog

pytestmark = pytest.mark.django_db
MOBILE, UNICOM = "13800138000", "13012345678"


@pytest.fixture(autouse=True)
def lost_hints():
    """No worker runs by itself."""
    celery_app.conf.task_always_eager = False


@pytest.fixture
def agent(chain):
    return chain[2]


@pytest.fixture
def portal(browser, agent):
    return browser(agent)


def phone_sku(carrier: str, face: str, price: str):
    sku = world.make_sku("topup", list_price=price, face_value=Decimal(face))
    type(sku.product).objects.filter(pk=sku.product_id).update(carrier=carrier)
    sku.product.refresh_from_db()
    supplier = Supplier.objects.get_or_create(
        code="far", defaults={"name": "远方", "adapter": "fulu"}
    )[0]
    world.make_offer(sku, supplier, cost="1")
    return sku


@pytest.fixture
def phones(chain):
    """¥50 and ¥100 of China Mobile, ¥50 of China Unicom."""
    return [
        phone_sku("mobile", "50", "49"),
        phone_sku("mobile", "100", "98"),
        phone_sku("unicom", "50", "48"),
    ]


def lines(sku, count: int, most: str = "49") -> list[JobLine]:
    return [JobLine(sku.code, f"138{n:08d}", Decimal(most)) for n in range(count)]


def start(agent, made: list[JobLine], ref: str = "web-1") -> Batch:
    return start_job(agent=agent, ref=ref, title="", lines=made, language="en").batch


def typed(portal, text: str, **more: object):
    page = portal.get(reverse("kameng:new_job")).content.decode()
    ref = re.search(r'name="ref" value="([^"]+)"', page)
    assert ref
    form = {"ref": ref[1], "text": text, "speed": "fast", **more}
    return form, portal.post(reverse("kameng:new_job"), form)


def seen(html: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', html)
    assert found
    return found[1]


def test_a_list_is_looked_at_line_by_line_then_started_once(portal, agent, phones) -> None:
    text = f"{MOBILE},50,张三\n{UNICOM}\nnonsense\n{MOBILE},100\n13300133000,50\n{MOBILE},7"
    form, answer = typed(portal, text, amount="50")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "Start: 2 lines for ¥97.00" in html
    assert "This is not a mobile number." in html
    assert "Nothing is sold for China Telecom" in html
    assert "There is no ¥7 for China Mobile" in html
    assert "as in line 1" in html
    assert not Batch.objects.exists()
    kept = portal.post(reverse("kameng:new_job"), form | {"repeats": "keep"}).content.decode()
    assert "Start: 3 lines for ¥195.00" in kept
    press = form | {"repeats": "keep", "seen": seen(kept), "do": "start"}
    started = portal.post(reverse("kameng:new_job"), press)
    batch = Batch.objects.get()
    assert started["Location"] == reverse("kameng:job", args=[batch.batch_no])
    again = portal.post(reverse("kameng:new_job"), press, follow=True)
    assert "Nothing is charged twice" in again.content.decode()
    assert Batch.objects.count() == 1
    assert balance(agent.wallet_id) == 1000

    batches.work_on(batch_id=batch.pk)
    batches.work_on(batch_id=batch.pk)
    assert balance(agent.wallet_id) == Decimal(1000 - 195)
    assert [line.note for line in batch.lines.order_by("place")] == ["张三", "", ""]
    html = portal.get(started["Location"]).content.decode()
    assert "0 of 3 lines are through" in html
    assert Order.objects.filter(client_ref__startswith="job-").count() == 3
    later = typed(portal, f"{MOBILE},50\n{UNICOM},50")[1].content.decode()
    assert "Start" not in re.sub(r"<title>.*?</title>", "", later).replace("Started", "")
    assert "Numbers that you have topped up within 24 hours" in later
    assert world.books_are_clean()


def test_what_changed_since_the_look_starts_nothing(portal, agent, phones) -> None:
    form, answer = typed(portal, f"{MOBILE},50")
    press = form | {"seen": seen(answer.content.decode()), "do": "start"}
    type(phones[0]).objects.filter(pk=phones[0].pk).update(list_price=Decimal(50))
    changed = portal.post(reverse("kameng:new_job"), press)
    assert changed.status_code == 409
    assert "Nothing was started" in changed.content.decode()
    other = portal.post(reverse("kameng:new_job"), press | {"text": f"{MOBILE},100"})
    assert other.status_code == 409
    assert not Batch.objects.exists()


@pytest.mark.parametrize("kind", ["txt", "gbk", "xlsx"])
def test_a_list_is_uploaded_as_text_or_sheet(portal, phones, kind) -> None:
    if kind == "xlsx":
        from openpyxl import Workbook

        book, out = Workbook(), BytesIO()
        book.active.append(["号码", "金额", "备注"])
        book.active.append([int(MOBILE), 50.0, "张三"])
        book.save(out)
        content = out.getvalue()
    else:
        content = f"号码,金额,备注\r\n{MOBILE},50,张三\r\n".encode(
            "gbk" if kind == "gbk" else "utf-8-sig"
        )
    file = SimpleUploadedFile(f"list.{kind}", content)
    html = typed(portal, "", file=file)[1].content.decode()
    assert "Start: 1 line for ¥49.00" in html
    assert "张三" in html


def test_a_list_that_cannot_be_is_told_beside_its_field(portal, phones) -> None:
    _form, empty = typed(portal, "\n , \n")
    assert (empty.status_code, "no number in it yet" in empty.content.decode()) == (422, True)
    _form, long = typed(portal, f"{MOBILE}\n" * 5001)
    assert "This list has 5001 lines" in long.content.decode()
    old = SimpleUploadedFile("list.xls", b"\xd0\xcf\x11\xe0" + b"0" * 100)
    assert "old Excel file" in typed(portal, "", file=old)[1].content.decode()
    broken = SimpleUploadedFile("list.xlsx", b"PK\x03\x04broken")
    assert "broken" in typed(portal, "", file=broken)[1].content.decode()


def test_five_thousand_lines_are_looked_at_in_a_few_statements(portal, agent, phones) -> None:
    text = "\n".join(f"138{n:08d},50" for n in range(5000))
    typed(portal, f"{MOBILE},50")
    with CaptureQueriesContext(connection) as few:
        typed(portal, f"{MOBILE},50")
    with CaptureQueriesContext(connection) as many:
        form, answer = typed(portal, text)
    assert len(many) == len(few)
    html = answer.content.decode()
    assert "Start: 5000 lines for ¥245,000.00" in html
    assert "The balance is ¥244,000.00 short" in html
    press = form | {"seen": seen(html), "do": "start"}
    assert portal.post(reverse("kameng:new_job"), press).status_code == 302
    assert Batch.objects.get().lines.count() == 5000


def test_the_balance_runs_out_the_list_waits_and_goes_on(agent, phones) -> None:
    batch = start(agent, lines(phones[0], 25))
    batches.work_on(batch_id=batch.pk)
    batch.refresh_from_db()
    assert (batch.status, batch.pause_reason) == ("paused", "balance")
    counts = progress_of(batch).counts
    assert (counts["moving"], counts["waiting"], counts["refused"]) == (20, 5, 0)
    batches.work_on(batch_id=batch.pk)
    Batch.objects.filter(pk=batch.pk)
    assert batches.sweep_batches() == 0
    world.pay_in(agent.wallet_id, "1000")
    resume_job(batch=batch, actor=agent.user)
    batches.work_on(batch_id=batch.pk)
    batch.refresh_from_db()
    assert batch.status == "finished"
    assert balance(agent.wallet_id) == 2000 - 25 * 49
    assert world.books_are_clean()


def test_a_list_is_paused_and_its_rest_cancelled(agent, phones) -> None:
    batch = start(agent, lines(phones[0], 3))
    pause_job(batch=batch, actor=agent.user)
    batches.work_on(batch_id=batch.pk)
    assert not Order.objects.exists()
    with pytest.raises(JobNotChangeable):
        pause_job(batch=batch, actor=agent.user)
    cancel_job(batch=batch, actor=agent.user)
    assert progress_of(batch).counts["cancelled"] == 3
    for change in (resume_job, cancel_job, pause_job):
        with pytest.raises(JobNotChangeable):
            change(batch=batch, actor=agent.user)
    assert balance(agent.wallet_id) == 1000
    assert AuditLog.objects.filter(target=f"batch:{batch.batch_no}").count() == 2


def test_a_higher_price_refuses_a_line_and_a_suspension_stops_all(agent, phones) -> None:
    dear = start(agent, lines(phones[0], 2, most="48.99"), "web-dear")
    batches.work_on(batch_id=dear.pk)
    assert {line.problem["code"] for line in dear.lines.all() if line.problem} == {"price_changed"}
    batch = start(agent, lines(phones[0], 2))
    suspend_agent(agent=agent, actor=agent.user, reason="test")
    batches.work_on(batch_id=batch.pk)
    batch.refresh_from_db()
    assert batch.pause_reason == "suspended"
    assert not Order.objects.exists()


def test_the_same_list_is_one_and_another_under_its_reference_is_refused(agent, phones) -> None:
    first = start(agent, lines(phones[0], 2))
    assert start(agent, lines(phones[0], 2)) == first
    with pytest.raises(BatchConflict):
        start(agent, lines(phones[0], 3))


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_and_one_that_died_buy_each_line_once(agent, phones) -> None:
    world.pay_in(agent.wallet_id, "1000")
    batch = start(agent, lines(phones[0], 30))
    in_threads(lambda _: batches.work_on(batch_id=batch.pk), range(4), threads=4)
    Batch.objects.filter(pk=batch.pk, finished_at=None).update(due_at=timezone.now())
    batches.work_on(batch_id=batch.pk)
    batch.refresh_from_db()
    assert batch.status == "finished"
    assert Order.objects.count() == 30
    assert balance(agent.wallet_id) == 2000 - 30 * 49
    assert world.books_are_clean()


def test_results_are_filtered_leave_as_a_file_and_failures_start_anew(
    portal, browser, chain, agent, phones
) -> None:
    made = [*lines(phones[0], 2), JobLine(phones[0].code, MOBILE, Decimal(1), "张三")]
    batch = start(agent, made)
    batches.work_on(batch_id=batch.pk)
    batches.work_on(batch_id=batch.pk)
    here = reverse("kameng:job", args=[batch.batch_no])
    refused = portal.get(here, {"outcome": "refused"}).content.decode()
    assert "138 0013 8000" in refused
    assert "138 0000 0001" not in refused
    assert "The price has changed" in refused
    file = portal.get(here, {"format": "csv", "outcome": "refused"})
    rows = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()
    assert len(rows) == 2
    assert rows[1].startswith(f"3,{MOBILE},")
    again = portal.get(reverse("kameng:again_job", args=[batch.batch_no])).content.decode()
    assert "Start: 1 line for ¥49.00" in again
    assert f"{MOBILE},50,张三" in again
    assert batch.batch_no in portal.get(reverse("kameng:jobs")).content.decode()
    stranger = browser(chain[1])
    for name in ("job", "job_progress", "again_job"):
        assert stranger.get(reverse(f"kameng:{name}", args=[batch.batch_no])).status_code == 404
    change = reverse("kameng:change_job", args=[batch.batch_no])
    assert stranger.post(change, {"do": "cancel"}).status_code == 404
