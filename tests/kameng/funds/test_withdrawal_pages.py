"""Withdrawing in the browser, and the desk of staff."""

from __future__ import annotations

import pytest
from django.urls import reverse

from kameng.models import PayoutAccount, Withdrawal
from kameng.services.agents import suspend_agent
from ledger.services import balance
from tests import world
from tests.kameng.funds import desk
from tests.kameng.funds.test_bank_deposit_pages import as_user
from users.models import AuditLog

pytestmark = pytest.mark.django_db


def test_an_account_is_added_checked_and_withdrawn_to(agent, staff) -> None:
    browser, admin = as_user(agent.user), as_user(staff)
    assert "First a bank account" in browser.get(reverse("kameng:withdraw")).content.decode()
    page = reverse("kameng:payout_accounts")
    said = {"holder": "王小红", "bank": "中国银行", "number": desk.NUMBER}
    wrong = browser.post(page, {**said, "papers": [desk.picture()]})
    assert wrong.status_code == 422
    assert "must belong to 陈小明" in wrong.content.decode()
    assert 'value="王小红"' in wrong.content.decode()
    browser.post(page, {**said, "holder": "陈小明", "papers": [desk.picture()]})
    account = PayoutAccount.objects.get()
    shown = browser.get(page).content.decode()
    assert desk.NUMBER not in shown
    assert desk.NUMBER[-4:] in shown
    verify = reverse("admin:kameng_payoutaccount_verify", args=[account.pk])
    assert admin.post(verify, {"note": "photo of the card"}).status_code == 302

    withdraw = reverse("kameng:withdraw")
    said = {"amount": "1000.01", "account": str(account.pk), "client_ref": "reference-1"}
    refused = browser.post(withdraw, said)
    assert refused.status_code == 402
    assert "¥1,000.00 can be withdrawn" in refused.content.decode()
    review = browser.post(withdraw, {**said, "amount": "400"}).content.decode()
    assert "¥398.00" in review  # less the lowest fee
    bad = browser.post(withdraw, {**said, "amount": "400", "password": "wrong"})
    assert bad.status_code == 422
    assert "not your password" in bad.content.decode()
    assert not Withdrawal.objects.exists()
    done = {**said, "amount": "400", "password": world.PASSWORD}
    first, again = browser.post(withdraw, done), browser.post(withdraw, done)
    assert first["Location"] == again["Location"]
    assert balance(agent.wallet_id) == 600
    withdrawal = Withdrawal.objects.get()
    listed = browser.get(reverse("kameng:withdrawals") + "?format=csv")
    assert withdrawal.withdrawal_no in b"".join(listed).decode()

    desk_page = admin.get(reverse("admin:kameng_financedesk_changelist")).content.decode()
    assert "¥398.00" in desk_page
    one = reverse("admin:kameng_withdrawal_change", args=[withdrawal.pk])
    assert desk.NUMBER[:4] not in admin.get(one).content.decode()
    number = admin.post(reverse("admin:kameng_withdrawal_number", args=[withdrawal.pk]))
    assert "6217 8500" in number.content.decode()
    assert AuditLog.objects.filter(action="reveal_payout_account").count() == 1
    for step, data in (("approve", {"reason": ""}), ("pay", {"bank_txn_no": "P1"})):
        address = reverse(f"admin:kameng_withdrawal_{step}", args=[withdrawal.pk])
        assert as_user(world.make_user(is_staff=True)).post(address, data).status_code == 403
        assert admin.post(address, data).status_code == 302
    assert "was sent to your bank" in browser.get(first["Location"]).content.decode()
    assert as_user(world.make_agent().user).get(first["Location"]).status_code == 404
    assert world.books_are_clean()


def test_who_may_not_withdraw_reads_why(agent, staff) -> None:
    desk.verified_account(agent, staff)
    suspend_agent(agent=agent, actor=staff, reason="we look at your orders")
    page = as_user(agent.user).get(reverse("kameng:withdraw")).content.decode()
    assert "we look at your orders" in page
    world.accept_papers(other := world.make_agent())
    desk.papers_run_out(other)
    expired = as_user(other.user).get(reverse("kameng:withdraw")).content.decode()
    assert "have run out" in expired


def test_rules_are_changed_with_a_reason(staff) -> None:
    admin = as_user(staff)
    page = admin.get(reverse("admin:kameng_fundsrules_changelist"))["Location"]
    values = {
        "withdrawal_min": "50",
        "fee_fixed": "1",
        "fee_percent": "0.2",
        "fee_min": "3",
        "fee_max": "2",
        "account_cooling_hours": "48",
    }
    wrong = admin.post(page, {**values, "reason": "x"}).content.decode()
    assert "The highest fee is below the lowest one." in wrong
    admin.post(page, {**values, "fee_max": "30", "reason": "new bank fees"})
    record = AuditLog.objects.get(action="change_funds_rules")
    assert record.reason == "new bank fees"
    assert record.details["fee_max"].endswith("→ 30")
