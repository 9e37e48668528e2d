"""Handing deposit down: within the rules, once, never more than one has, and back by staff only."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import translation

from kameng.errors import AgentSuspended, NotPossibleNow, TransferRefConflict, TransferRefused
from kameng.models import Agent, DepositTransfer, TransferRules
from kameng.queries.statement import Wanted, statement_of
from kameng.services.agents import suspend_agent
from kameng.services.transfers import reverse_transfer, transfer_deposit
from ledger import services as ledger
from ledger.models import Account
from tests import world
from tests.threads import in_threads
from users.models import AuditLog, Notice

FIFTY = Decimal(50)


def hand_on(sender: Agent, receiver: Agent, amount: str | Decimal = "100", ref: str = ""):
    return transfer_deposit(
        sender=sender,
        receiver=receiver,
        amount=Decimal(amount),
        client_ref=ref or f"ref-{world.next_number()}",
        note="启动资金",
    )


@pytest.fixture(autouse=True)
def english():
    """Whatever language a page shown earlier in this process was in."""
    with translation.override("en"):
        yield


@pytest.fixture
def staff():
    return world.make_user(is_staff=True, is_superuser=True)


@pytest.mark.django_db
def test_it_moves_money_into_both_statements(chain) -> None:
    master, _upline, buyer = chain
    world.pay_in(master.wallet_id, "500")
    done = hand_on(master, buyer, "120.50")
    assert (done.levels_below, done.note) == (2, "启动资金")
    assert ledger.balances([master.wallet_id, buyer.wallet_id]) == {
        master.wallet_id: Decimal("379.5"),
        buyer.wallet_id: Decimal("1120.5"),
    }
    for agent, sign in ((master, -1), (buyer, 1)):
        line = statement_of(agent, Wanted())[0]
        assert line.entry.kind == "deposit_transfer"
        assert line.entry.memo == f"{master.name} → {buyer.name}"
        assert line.amount == sign * Decimal("120.5")
    told = Notice.objects.get(user=buyer.user)
    assert told.kind == "wholesale.deposit_received"
    assert told.facts["number"] == done.transfer_no
    assert not Notice.objects.filter(user=master.user).exists()
    assert world.books_are_clean()


@pytest.mark.django_db
def test_the_same_reference_moves_money_once(chain) -> None:
    master, upline, buyer = chain
    world.pay_in(master.wallet_id, "500")
    first = hand_on(master, upline, ref="same-form")
    assert hand_on(master, upline, ref="same-form") == first
    with pytest.raises(TransferRefConflict):
        hand_on(master, upline, "101", ref="same-form")
    with pytest.raises(TransferRefConflict):
        hand_on(master, buyer, ref="same-form")
    assert ledger.balance(upline.wallet_id) == 100


@pytest.mark.django_db
def test_what_is_refused_moves_nothing(chain, staff) -> None:
    master, upline, buyer = chain
    world.pay_in(master.wallet_id, "500")
    TransferRules.objects.create(pk=1, minimum=20, single_limit=200, daily_limit=250, levels=1)
    refused = {
        "a stranger": (master, world.make_agent(), "100"),
        "upwards": (buyer, master, "100"),
        "oneself": (master, master, "100"),
        "too far below": (master, buyer, "100"),
        "too little": (master, upline, "19.99"),
        "too much at once": (master, upline, "200.01"),
    }
    for why, (sender, receiver, amount) in refused.items():
        with pytest.raises(TransferRefused):
            hand_on(sender, receiver, amount)
        assert not DepositTransfer.objects.exists(), why
    hand_on(master, upline, "200")
    with pytest.raises(TransferRefused, match=r"50\.00"):
        hand_on(master, upline, "60")
    suspend_agent(agent=upline, actor=staff, reason="documents")
    with pytest.raises(TransferRefused):
        hand_on(master, upline, "20")
    with pytest.raises(AgentSuspended):
        hand_on(Agent.objects.get(pk=upline.pk), buyer, "20")
    TransferRules.objects.update(is_open=False)
    with pytest.raises(TransferRefused):
        hand_on(master, upline, "20")
    assert ledger.balance(master.wallet_id) == 300
    assert world.books_are_clean()


@pytest.mark.django_db
def test_a_credit_line_is_never_handed_on(chain) -> None:
    master, upline, _ = chain
    world.pay_in(master.wallet_id, "100")
    Account.objects.filter(pk=master.wallet_id).update(floor=-1000)
    with pytest.raises(TransferRefused, match="credit line"):
        hand_on(master, upline, "100.01")
    hand_on(master, upline, "100")
    with pytest.raises(TransferRefused):
        hand_on(master, upline, "10")
    assert world.books_are_clean()


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_never_overdraw_nor_pass_the_limit() -> None:
    sender, first = world.make_chain("400", "0")
    second = world.make_agent(upline=sender)
    Account.objects.filter(pk=sender.wallet_id).update(floor=-1000)
    TransferRules.objects.create(pk=1, daily_limit=350, single_limit=300)

    def attempt(n: int) -> bool:
        try:
            hand_on(sender, (first, second)[n % 2], FIFTY, ref=f"attempt-{n % 16}")
        except TransferRefused:
            return False
        return True

    in_threads(attempt, range(20), threads=20)
    assert DepositTransfer.objects.count() == 7  # 350 a day
    assert ledger.balance(sender.wallet_id) == 50
    assert world.books_are_clean()


@pytest.mark.django_db(transaction=True)
def test_the_same_form_twenty_times_at_once_moves_money_once() -> None:
    sender, receiver = world.make_chain("400", "0")
    found = in_threads(lambda n: hand_on(sender, receiver, FIFTY, ref="one-form").pk, range(20))
    assert len(set(found)) == 1
    assert ledger.balance(receiver.wallet_id) == 50


@pytest.mark.django_db
def test_staff_take_it_back_once_while_it_is_there(chain, staff) -> None:
    master, upline, buyer = chain
    world.pay_in(master.wallet_id, "500")
    spent, kept = hand_on(master, upline, "80"), hand_on(master, buyer, "100")
    hand_on(upline, buyer, "70")
    with pytest.raises(NotPossibleNow, match="less than the transfer"):
        reverse_transfer(transfer=spent, actor=staff, reason="wrong agent")
    reverse_transfer(transfer=kept, actor=staff, reason="wrong agent")
    with pytest.raises(NotPossibleNow):
        reverse_transfer(transfer=kept, actor=staff, reason="again")
    assert ledger.balance(master.wallet_id) == 420
    assert AuditLog.objects.get(action="reverse_transfer").reason == "wrong agent"
    assert Notice.objects.filter(kind="wholesale.transfer_reversed").count() == 2
    assert world.books_are_clean()


@pytest.mark.django_db
def test_in_the_browser_one_sees_the_receiver_before_anything_moves(browser, chain) -> None:
    master, _upline, buyer = chain
    world.pay_in(master.wallet_id, "500")
    page = browser(master)
    address = reverse("kameng:transfer", args=[buyer.pk])
    ref = page.get(address).context["form"]["client_ref"].value()
    typed = {"amount": "60", "note": "for a start", "client_ref": ref}
    review = page.post(address, typed).content.decode()
    assert "You can&#x27;t take it back yourself" in review or "can't take it back" in review
    assert buyer.name in review
    assert not DepositTransfer.objects.exists()
    wrong = page.post(address, {**typed, "amount": "9999999", "confirmed": "1"})
    assert wrong.status_code == 409
    assert "for a start" in wrong.content.decode()
    for _ in range(2):  # pressed twice
        done = page.post(address, {**typed, "confirmed": "1"}, follow=True)
        assert f"Handed on to {buyer.name}" in done.content.decode()
    assert ledger.balance(buyer.wallet_id) == 1060
    theirs = browser(buyer)
    assert f"from {master.name}" in theirs.get(reverse("kameng:transfers")).content.decode()
    number = DepositTransfer.objects.get().transfer_no
    assert theirs.get(reverse("kameng:transfer_detail", args=[number])).status_code == 200
    stranger = browser(world.make_agent())
    assert stranger.get(reverse("kameng:transfer_detail", args=[number])).status_code == 404
    assert stranger.get(address).status_code == 404
    rows = page.get(reverse("kameng:transfers") + "?format=csv").getvalue().decode()
    assert "-60.00" in rows


@pytest.mark.django_db
def test_staff_set_the_rules_and_reverse_with_a_reason(client, chain, staff) -> None:
    master, upline, _ = chain
    world.pay_in(master.wallet_id, "500")
    done = hand_on(master, upline)
    client.force_login(staff, backend="users.backends.PhoneOrUsernameBackend")
    rules = reverse("admin:kameng_transferrules_changelist")
    client.get(rules, follow=True)
    change = reverse("admin:kameng_transferrules_change", args=[1])
    typed = {"is_open": "on", "levels": "", "minimum": "50", "single_limit": "40"}
    bad = client.post(change, {**typed, "daily_limit": "400"})
    assert bad.status_code == 200
    assert not AuditLog.objects.filter(action="change_transfer_rules").exists()
    client.post(change, {**typed, "single_limit": "300", "daily_limit": "400"})
    assert TransferRules.objects.get().minimum == 50
    assert AuditLog.objects.filter(action="change_transfer_rules").exists()
    ask = reverse("admin:kameng_deposittransfer_reverse", args=[done.pk])
    client.post(ask, {"reason": ""})
    assert ledger.balance(upline.wallet_id) == 100
    client.post(ask, {"reason": "wrong agent"})
    assert ledger.balance(upline.wallet_id) == 0
    viewer = world.make_user(is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_deposittransfer"))
    client.force_login(viewer, backend="users.backends.PhoneOrUsernameBackend")
    assert client.get(ask).status_code == 403
