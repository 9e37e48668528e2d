"""Agents' money in and out in the demo world: our bank accounts, transfers in every hand."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import segno
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from kameng.models import (
    Agent,
    BankDetails,
    CreditLine,
    FundsRules,
    OfflineDeposit,
    PayoutAccount,
    Withdrawal,
)
from kameng.queries.diligence import legal_person
from kameng.services.funds import bank_deposits, payout_accounts, withdrawals
from kameng.services.funds.credit import set_credit_line
from users.models import User

_BANKS = (
    ("招商银行", "深圳科技园支行", "755912345610701", "工作日 9:00–18:00 到账后半小时内入账。"),
    ("中国工商银行", "深圳高新园支行", "4000023319200654321", ""),
)
# Bank and number of each agent's own account, and whether staff have checked it.
_PAYOUT_ACCOUNTS = (
    ("yiji", "中国建设银行", "深圳南山支行", "44250100003600007788", True),
    ("zongdai", "中国工商银行", "广州天河支行", "3602001909200456123", True),
    ("erji", "招商银行", "深圳福田支行", "6225880112345678", False),
)
_ACCOUNT_NAME = "开乐网络科技(深圳)有限公司"


def load_funds(*, actor: User) -> None:
    """Load what is missing, by the same services as everybody; `actor` is the staff of it."""
    _load_banks()
    if not OfflineDeposit.objects.exists():
        _load_transfers(actor)
    if not PayoutAccount.objects.exists():
        for username, bank, branch, number, is_checked in _PAYOUT_ACCOUNTS:
            _load_account(username, bank, branch, number, actor if is_checked else None)
    if not CreditLine.objects.exists():
        set_credit_line(
            agent=Agent.objects.get(user__username="yiji2"),
            amount=Decimal(20_000),
            until_on=timezone.localdate() + timedelta(days=90),
            actor=actor,
            reason="连续六个月按时结清",
        )
    if not Withdrawal.objects.exists():
        _load_withdrawals(actor)


def _load_banks() -> None:
    for position, (bank, branch, number, note) in enumerate(_BANKS):
        BankDetails.objects.get_or_create(
            account_number=number,
            defaults={
                "bank": bank,
                "branch": branch,
                "account_name": _ACCOUNT_NAME,
                "note": note,
                "position": position,
            },
        )


def _load_transfers(actor: User) -> None:
    """One to be found, one to be corrected, one booked."""
    _declared("yiji", "20000")
    unclear = _declared("erji", "1500")
    bank_deposits.ask_for_correction(
        deposit=unclear, actor=actor, reason="凭证上看不清付款人和金额，请重新拍照上传。"
    )
    came = _declared("zongdai", "30000")
    bank_deposits.confirm_deposit(
        deposit=came,
        actor=actor,
        received_amount=came.amount,
        bank_txn_no="CMB20261123000871",
    )


def _declared(username: str, amount: str) -> OfflineDeposit:
    agent = Agent.objects.select_related("user").get(user__username=username)
    person = legal_person(agent)
    bank = BankDetails.objects.order_by("position")[0]
    deposit = bank_deposits.announce_deposit(agent=agent, bank=bank, amount=Decimal(amount))
    bank_deposits.declare_deposit(
        deposit=deposit,
        amount=deposit.amount,
        paid_on=timezone.localdate(),
        payer_name=person.name if person else agent.name,
        proofs=[_receipt(deposit)],
    )
    return deposit


def _receipt(deposit: OfflineDeposit) -> SimpleUploadedFile:
    """The code that banks print on their receipts."""
    picture = BytesIO()
    text = f"{deposit.bank.bank} {deposit.amount:.2f} CNY {deposit.reference}"
    segno.make(text, error="m").save(picture, kind="png", scale=8)
    return SimpleUploadedFile("receipt.png", picture.getvalue())


def _load_account(
    username: str, bank: str, branch: str, number: str, checked_by: User | None
) -> None:
    agent = Agent.objects.select_related("user").get(user__username=username)
    person = legal_person(agent)
    assert person is not None, "demo agents are known"
    account = payout_accounts.add_account(
        agent=agent,
        bank=bank,
        branch=branch,
        holder=person.name,
        number=number,
        papers=[_card_photo(bank)],
    )
    if checked_by:
        payout_accounts.verify_account(
            account=account, actor=checked_by, note="开户许可证户名与营业执照一致"
        )


def _card_photo(bank: str) -> SimpleUploadedFile:
    picture = BytesIO()
    segno.make(bank, error="m").save(picture, kind="png", scale=8)
    return SimpleUploadedFile("card.png", picture.getvalue())


def _load_withdrawals(actor: User) -> None:
    """One in each state that staff and agents meet."""
    FundsRules.objects.get_or_create(pk=1)
    _asked("yiji", "2000")
    large = _asked("zongdai", "30000")  # needs a second person
    approved = _asked("zongdai", "8000")
    paid, refused, failed = (_asked("yiji", amount) for amount in ("1500", "600", "900"))
    for one in (large, approved, paid, failed):
        withdrawals.approve_withdrawal(withdrawal=one, actor=actor)
    withdrawals.pay_withdrawal(withdrawal=paid, actor=actor, bank_txn_no="ICBC2026112300571")
    withdrawals.refuse_withdrawal(
        withdrawal=refused, actor=actor, reason="请与当天其他提现合并申请，以节省手续费。"
    )
    withdrawals.fail_withdrawal(
        withdrawal=failed, actor=actor, reason="银行系统维护，付款未成功，请稍后重新申请。"
    )


def _asked(username: str, amount: str) -> Withdrawal:
    agent = Agent.objects.select_related("user").get(user__username=username)
    return withdrawals.ask_for_withdrawal(
        agent=agent,
        account=PayoutAccount.objects.filter(agent=agent).latest("pk"),
        amount=Decimal(amount),
        client_ref=f"demo-{username}-{amount}",
    )
