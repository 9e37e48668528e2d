"""Agents' money in and out, in one line each."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from kameng.models import Agent, BankDetails, Diligence, OfflineDeposit, PayoutAccount, Withdrawal
from kameng.services.funds import bank_deposits, payout_accounts, withdrawals
from users.models import User

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100
PDF = b"%PDF-1.4 proof"


def picture(name: str = "proof.png", content: bytes = PNG) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def our_bank(**fields: object) -> BankDetails:
    known = BankDetails.objects.first()
    if known is not None and not fields:
        return known
    values = {
        "bank": "招商银行",
        "account_name": "开乐网络科技有限公司",
        "account_number": "755912345678901",
        **fields,
    }
    bank: BankDetails = BankDetails.objects.create(**values)
    return bank


def announced(agent: Agent, amount: str = "3000") -> OfflineDeposit:
    return bank_deposits.announce_deposit(agent=agent, bank=our_bank(), amount=Decimal(amount))


def declare(deposit: OfflineDeposit, *, paid_on: date | None = None, proofs: int = 1) -> None:
    bank_deposits.declare_deposit(
        deposit=deposit,
        amount=deposit.amount,
        paid_on=paid_on or timezone.localdate(),
        payer_name="陈小明",
        proofs=[picture() for _n in range(proofs)],
    )


def declared(agent: Agent, amount: str = "3000") -> OfflineDeposit:
    deposit = announced(agent, amount)
    declare(deposit)
    deposit.refresh_from_db()
    return deposit


def confirm(deposit: OfflineDeposit, actor: User, amount: str = "", number: str = "TX-1") -> None:
    bank_deposits.confirm_deposit(
        deposit=deposit,
        actor=actor,
        received_amount=Decimal(amount) if amount else deposit.amount,
        bank_txn_no=number,
    )
    deposit.refresh_from_db()


NUMBER = "6217850000012345"
_refs = itertools.count(1)


def added(
    agent: Agent, *, number: str = NUMBER, holder: str = "陈小明", bank: str = "中国银行"
) -> PayoutAccount:
    return payout_accounts.add_account(
        agent=agent, bank=bank, branch="", holder=holder, number=number, papers=[picture()]
    )


def verified_account(agent: Agent, staff: User, *, number: str = NUMBER) -> PayoutAccount:
    account = added(agent, number=number)
    payout_accounts.verify_account(account=account, actor=staff, note="photo of the card")
    account.refresh_from_db()
    return account


def asked(agent: Agent, account: PayoutAccount, amount: str, *, ref: str = "") -> Withdrawal:
    return withdrawals.ask_for_withdrawal(
        agent=agent,
        account=account,
        amount=Decimal(amount),
        client_ref=ref or f"test-ref-{next(_refs)}",
    )


def papers_run_out(agent: Agent) -> None:
    """Nobody renewed them in time."""
    yesterday = timezone.localdate() - timedelta(days=1)
    Diligence.objects.filter(agent=agent, ended_at=None).update(valid_until=yesterday)
