"""A bank transfer in the browser: the agent's pages, the private proof, the desk of staff."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kameng.models import DepositStatus, OfflineDeposit
from ledger.services import balance
from tests import world
from tests.kameng.funds import desk

pytestmark = pytest.mark.django_db


def as_user(user) -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(user, backend="users.backends.PhoneOrUsernameBackend")
    return client


def content_of(download: Any) -> str:
    return b"".join(download.streaming_content).decode()


def test_from_the_reference_to_the_declaration(agent) -> None:
    browser = as_user(agent.user)
    start = reverse("kameng:bank_deposits")
    wrong = browser.post(start, {"amount": "0.5", "bank": desk.our_bank().pk})
    assert wrong.status_code == 422
    assert "between ¥1 and ¥10,000,000" in wrong.content.decode()
    assert 'value="0.5"' in wrong.content.decode()
    assert not OfflineDeposit.objects.exists()
    one = browser.post(start, {"amount": "500", "bank": desk.our_bank().pk})["Location"]
    deposit = OfflineDeposit.objects.get()
    shown = browser.get(one).content.decode()
    assert deposit.reference in shown
    assert desk.our_bank().account_number in shown
    said = {"amount": "500", "paid_on": str(timezone.localdate()), "payer_name": "陈小明"}
    without = browser.post(one, said)
    assert without.status_code == 422
    assert "Add at least one picture" in without.content.decode()
    bad = browser.post(one, {**said, "proofs": [desk.picture(content=b"<html>")]})
    assert bad.status_code == 422
    assert "JPG, PNG or PDF" in bad.content.decode()
    assert 'value="陈小明"' in bad.content.decode()
    browser.post(one, {**said, "proofs": [desk.picture(), desk.picture("a.pdf", desk.PDF)]})
    deposit.refresh_from_db()
    assert (deposit.status, deposit.proofs.count()) == (DepositStatus.SUBMITTED, 2)
    assert "being checked" in browser.get(start).content.decode()
    heading, row = content_of(browser.get(f"{start}?format=csv")).splitlines()
    assert heading.endswith("Number,Announced,To,Amount,Arrived,Status")
    assert row.startswith(f"{deposit.deposit_no},")
    assert row.endswith("500.0000,,being checked")


def test_a_proof_is_seen_by_its_agent_and_by_staff_alone(agent, staff) -> None:
    deposit = desk.declared(agent)
    address = reverse("kameng:deposit_proof", args=[deposit.proofs.get().pk])
    for user in (agent.user, staff):
        answer = as_user(user).get(address)
        assert answer.getvalue() == desk.PNG
        assert answer["Content-Type"] == "image/png"
        assert "sandbox" in answer["Content-Security-Policy"]
    other = world.make_agent()
    powerless = world.make_user(is_staff=True)
    for user in (other.user, powerless):
        assert as_user(user).get(address).status_code == 404
    page = reverse("kameng:bank_deposit", args=[deposit.deposit_no])
    assert as_user(other.user).get(page).status_code == 404


def test_staff_see_what_waits_and_confirm_beside_the_proof(agent, staff) -> None:
    deposit, other = desk.declared(agent, "3000"), desk.declared(agent, "3000")
    desk.announced(agent, "77")
    admin = as_user(staff)
    listed = admin.get(reverse("admin:kameng_offlinedeposit_changelist")).content.decode()
    assert deposit.deposit_no in listed
    assert "¥77.00" not in listed  # nothing to look for yet
    page = admin.get(reverse("admin:kameng_offlinedeposit_change", args=[deposit.pk]))
    shown = page.content.decode()
    assert reverse("kameng:deposit_proof", args=[deposit.proofs.get().pk]) in shown
    assert other.deposit_no in shown  # the same amount
    confirm = reverse("admin:kameng_deposit_confirm", args=[deposit.pk])
    answer = admin.post(confirm, {"received_amount": "2990", "bank_txn_no": "T1"})
    assert answer.status_code == 302
    assert balance(agent.wallet_id) == 3990
    twice = admin.post(
        reverse("admin:kameng_deposit_confirm", args=[other.pk]),
        {"received_amount": "3000", "bank_txn_no": "T1"},
    ).content.decode()
    assert deposit.deposit_no in twice
    assert 'value="T1"' in twice
    told = as_user(agent.user).get(reverse("kameng:notices")).content.decode()
    assert "¥2,990.00 is in your balance" in told
    assert as_user(world.make_user(is_staff=True)).get(confirm).status_code == 403
