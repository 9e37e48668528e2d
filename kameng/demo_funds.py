"""Agents' money in and out in the demo world: our bank accounts, transfers in every hand."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

import segno
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from kameng.models import Agent, BankDetails, OfflineDeposit
from kameng.queries.diligence import legal_person
from kameng.services.funds import bank_deposits
from users.models import User

_BANKS = (
    ("招商银行", "深圳科技园支行", "755912345610701", "工作日 9:00–18:00 到账后半小时内入账。"),
    ("中国工商银行", "深圳高新园支行", "4000023319200654321", ""),
)
_ACCOUNT_NAME = "开乐网络科技(深圳)有限公司"


def load_funds(*, actor: User) -> None:
    """Load what is missing, by the same services as everybody; `actor` is the staff of it."""
    _load_banks()
    if not OfflineDeposit.objects.exists():
        _load_transfers(actor)


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
