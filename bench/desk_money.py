"""What agents' money left behind: accounts, withdrawals, transfers, deposits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from bench.copies import copy
from bench.papers import LEGAL, Shared, upload
from kameng.models import Agent, BalanceWatch, PayoutAccount
from kameng.services.funds import bank_deposits, payout_accounts, withdrawals
from kameng.services.transfers import transfer_deposit
from ledger import accounts
from ledger import services as ledger
from ledger.models import EntryKind
from ledger.services import Line
from payments.models import Payment

_PLENTY = Decimal(10_000_000)
_MOST_BY_SERVICE = 100  # transfers, withdrawals: through the front door, one by one


def pay_in(agent: Agent) -> None:
    ledger.post(
        reference=f"scale:desk:{agent.pk}",
        kind=EntryKind.DEPOSIT,
        lines=[Line(accounts.bank(), -_PLENTY), Line(agent.wallet_id, _PLENTY)],
    )


def lay_out_money(agent: Agent, shared: Shared, *, rows: int) -> None:
    BalanceWatch.objects.update_or_create(agent=agent, defaults={"threshold": Decimal(100)})
    account = payout_accounts.add_account(
        agent=agent,
        bank="招商银行",
        branch="深圳",
        holder=LEGAL.name,
        number=f"62258{agent.pk:011d}",
        papers=[upload("card")],
    )
    payout_accounts.verify_account(account=account, actor=shared.staff, note="已核对")
    account = PayoutAccount.objects.get(pk=account.pk)
    for n in range(min(rows, _MOST_BY_SERVICE)):
        asked = withdrawals.ask_for_withdrawal(
            agent=agent, account=account, amount=Decimal(100), client_ref=f"desk-{n:08d}"
        )
        withdrawals.cancel_withdrawal(withdrawal=asked)
    # The newest ones are open, so that they can be cancelled.
    withdrawals.ask_for_withdrawal(
        agent=agent, account=account, amount=Decimal(100), client_ref="desk-open-1"
    )
    payout_accounts.add_account(
        agent=agent,
        bank="工商银行",
        branch="深圳",
        holder=LEGAL.name,
        number=f"62229{agent.pk:011d}",
        papers=[upload("card")],
    )
    deposit = bank_deposits.announce_deposit(agent=agent, bank=shared.bank, amount=Decimal(500))
    bank_deposits.declare_deposit(
        deposit=deposit,
        amount=Decimal(500),
        paid_on=timezone.localdate(),
        payer_name=LEGAL.name,
        proofs=[upload("proof")],
    )
    over = bank_deposits.announce_deposit(agent=agent, bank=shared.bank, amount=Decimal(300))
    bank_deposits.cancel_deposit(deposit=over)
    over.refresh_from_db()
    copy(over, rows, deposit_no="'BC' || %(row)s || k", reference="'C' || %(row)s || '-' || k")
    bank_deposits.announce_deposit(agent=agent, bank=shared.bank, amount=Decimal(700))
    Payment.objects.create(
        payment_no=f"PSCALE{agent.pk}",
        purpose="deposit",
        purpose_ref="wholesale",
        payer=agent.user,
        gateway="alipay",
        amount=Decimal(100),
        subject="充值",
        return_path="/kameng/funds/deposit/result/",
        expires_at=timezone.now() + timedelta(days=30),
    )


def transfers(measured: Mapping[str, Agent]) -> None:
    """Down the tree: to one of its own, or from the one above."""
    leaf = measured["leaf"]
    above_leaf = Agent.objects.get(pk=leaf.parent_id)
    if above_leaf not in measured.values():
        pay_in(above_leaf)
    pairs = [
        (measured["master"], measured["level 1"], _MOST_BY_SERVICE),
        (above_leaf, leaf, _MOST_BY_SERVICE),
        *(
            (measured[name], Agent.objects.filter(parent=measured[name], status="active")[0], 2)
            for name in ("level 1", "small")
        ),
    ]
    for sender, receiver, count in pairs:
        for n in range(count):
            transfer_deposit(
                sender=sender,
                receiver=receiver,
                amount=Decimal(10),
                client_ref=f"desk-{receiver.pk}-{n:08d}",
            )
