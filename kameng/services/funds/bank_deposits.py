"""A bank transfer into a wallet: announce → declare → found by staff → (a second look) → booked.

Invariant: a confirmed transfer has exactly one entry, of the amount that came; a bank's number is
booked once. `kameng/funds_checks.py` compares both with the books.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kameng.errors import AgentSuspended, NotPossibleNow
from kameng.funds_errors import (
    AmountInvalid,
    BankClosed,
    BankNumberUsed,
    DayInvalid,
    ProofInvalid,
    SamePerson,
    TooManyOpen,
)
from kameng.models import (
    Agent,
    BankDetails,
    DepositEvent,
    DepositProof,
    DepositStatus,
    OfflineDeposit,
)
from kameng.models.bank_deposits import OPEN_DEPOSITS
from kameng.services.funds.moving import given, move_deposit
from kameng.services.funds.rules import FEN, funds_rules
from ledger import accounts
from ledger import services as ledger
from ledger.models import Entry, EntryKind
from ledger.services import Line
from outbound.numbers import new_number
from users import audit
from users.models import User
from users.notices import tell
from users.uploads import UploadInvalid, check_document

LEAST, MOST = Decimal(1), Decimal(10_000_000)
MOST_OPEN = 5
MOST_PROOFS = 5
OLDEST = timedelta(days=90)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that looks like something else
_REFERENCE_LENGTH = 8


@transaction.atomic
def announce_deposit(*, agent: Agent, bank: BankDetails, amount: Decimal) -> OfflineDeposit:
    """Give the agent a reference for a transfer of this amount (CNY) to one of our accounts.

    Nothing is booked before staff found the money. Locks the agent, so that the number of open
    ones holds. Raises AgentSuspended, AmountInvalid, BankClosed or TooManyOpen.
    """
    locked = Agent.objects.select_for_update(no_key=True, of=("self",)).get(pk=agent.pk)
    if not locked.is_active:
        raise AgentSuspended
    if not bank.is_open:
        raise BankClosed(field="bank")
    _check_amount(amount, field="amount")
    if OfflineDeposit.objects.filter(agent=agent, status__in=OPEN_DEPOSITS).count() >= MOST_OPEN:
        raise TooManyOpen
    deposit = OfflineDeposit.objects.create(
        deposit_no=new_number("B"),
        reference="".join(secrets.choice(_LETTERS) for _n in range(_REFERENCE_LENGTH)),
        agent=agent,
        bank=bank,
        amount=amount,
    )
    DepositEvent.objects.create(
        deposit=deposit, status=DepositStatus.ANNOUNCED, actor=agent.user, note=""
    )
    return deposit


@transaction.atomic
def declare_deposit(
    *,
    deposit: OfflineDeposit,
    amount: Decimal,
    paid_on: date,
    payer_name: str,
    proofs: Sequence[UploadedFile],
) -> None:
    """Say that the transfer was made, with what shows it: staff look for it now.

    Proofs are added to those sent before; together one to five. Raises AmountInvalid, DayInvalid,
    ProofInvalid or NotPossibleNow; nothing is stored then.
    """
    deposit = locked(deposit)
    today = timezone.localdate()
    _check_amount(amount, field="amount")
    if not today - OLDEST <= paid_on <= today:
        raise DayInvalid(field="paid_on")
    _add_proofs(deposit, proofs)
    move_deposit(
        deposit,
        DepositStatus.SUBMITTED,
        actor=deposit.agent.user,
        amount=amount,
        paid_on=paid_on,
        payer_name=payer_name.strip(),
        submitted_at=timezone.now(),
        reason="",
    )


def _add_proofs(deposit: OfflineDeposit, proofs: Sequence[UploadedFile]) -> None:
    before = deposit.proofs.count()
    if not before + len(proofs):
        raise ProofInvalid(_("Add at least one picture or PDF of the transfer."), field="proofs")
    if before + len(proofs) > MOST_PROOFS:
        raise ProofInvalid(
            _("At most %(count)d files together. Leave some out.") % {"count": MOST_PROOFS},
            field="proofs",
        )
    for proof in proofs:
        try:
            check_document(proof)
        except UploadInvalid as refusal:
            raise ProofInvalid(str(refusal), field="proofs") from refusal
    for proof in proofs:
        DepositProof.objects.create(deposit=deposit, file=proof)


@transaction.atomic
def cancel_deposit(*, deposit: OfflineDeposit) -> None:
    """The agent won't transfer after all. Raises NotPossibleNow once staff look for it."""
    deposit = locked(deposit)
    move_deposit(deposit, DepositStatus.CANCELLED, actor=deposit.agent.user)


@transaction.atomic
def confirm_deposit(
    *,
    deposit: OfflineDeposit,
    actor: User,
    received_amount: Decimal,
    bank_txn_no: str,
    note: str = "",
) -> DepositStatus:
    """The money was found: book what came, or leave it to a second person; return which.

    Above `FundsRules.deposit_four_eyes_above` (of what came) somebody else confirms once more.
    Locks the wallet, then the transfer. Raises AmountInvalid, BankNumberUsed or NotPossibleNow.
    """
    deposit = locked(deposit, with_wallet=True)
    if deposit.status == DepositStatus.CHECKED:
        raise NotPossibleNow(_("Somebody has found this transfer already. Confirm it once more."))
    _check_amount(received_amount, field="received_amount")
    number = "".join(bank_txn_no.split()).upper()
    if not number:
        raise BankNumberUsed(
            _("Enter the bank's number of this transfer, from our statement."), field="bank_txn_no"
        )
    above = funds_rules().deposit_four_eyes_above
    needs_second = above is not None and received_amount > above
    found: dict[str, Any] = {
        "received_amount": received_amount,
        "bank_txn_no": number,
        "first_by": actor,
        "needs_second": needs_second,
        "reason": "",
    }
    try:
        with transaction.atomic():
            if needs_second:
                move_deposit(deposit, DepositStatus.CHECKED, actor=actor, **found)
            else:
                _book(deposit, actor, **found)
    except IntegrityError as error:
        if "bank_transfer_booked_once" in str(error):
            raise _number_used(deposit, number) from error
        raise
    _record(actor, "confirm_deposit", deposit, note, amount=received_amount, bank_txn_no=number)
    return DepositStatus(deposit.status)


@transaction.atomic
def confirm_again(*, deposit: OfflineDeposit, actor: User, note: str = "") -> None:
    """A second person agrees with what the first found: book it.

    Locks the wallet, then the transfer. Raises SamePerson or NotPossibleNow.
    """
    deposit = locked(deposit, with_wallet=True)
    if deposit.status != DepositStatus.CHECKED:
        raise NotPossibleNow(
            _("%(number)s isn't waiting for a second person any more.") % {"number": deposit}
        )
    if deposit.first_by_id == actor.pk:
        raise SamePerson
    _book(deposit, actor)
    _record(actor, "confirm_deposit_again", deposit, note)


@transaction.atomic
def send_back(*, deposit: OfflineDeposit, actor: User, reason: str) -> None:
    """A second person doesn't agree: it is looked for anew. Nothing was booked.

    Raises ReasonMissing or NotPossibleNow.
    """
    reason = given(reason)
    deposit = locked(deposit)
    if deposit.status != DepositStatus.CHECKED:
        raise NotPossibleNow(
            _("%(number)s isn't waiting for a second person any more.") % {"number": deposit}
        )
    move_deposit(deposit, DepositStatus.SUBMITTED, actor=actor, **_NOT_FOUND)
    _record(actor, "send_deposit_back", deposit, reason)


@transaction.atomic
def ask_for_correction(*, deposit: OfflineDeposit, actor: User, reason: str) -> None:
    """The agent reads what is missing or wrong and declares it again.

    Raises ReasonMissing or NotPossibleNow.
    """
    reason = given(reason)
    deposit = locked(deposit)
    move_deposit(deposit, DepositStatus.CORRECTION, actor=actor, note=reason, reason=reason)
    _record(actor, "ask_for_correction", deposit, reason)
    _tell(deposit, "deposit_correction", reason=reason)


@transaction.atomic
def refuse_deposit(*, deposit: OfflineDeposit, actor: User, reason: str) -> None:
    """No such money came: nothing is booked, and the agent reads why.

    Raises ReasonMissing or NotPossibleNow.
    """
    reason = given(reason)
    deposit = locked(deposit)
    move_deposit(
        deposit, DepositStatus.REFUSED, actor=actor, note=reason, **{**_NOT_FOUND, "reason": reason}
    )
    _record(actor, "refuse_deposit", deposit, reason)
    _tell(deposit, "deposit_refused", reason=reason)


@transaction.atomic
def take_deposit_back(*, deposit: OfflineDeposit, actor: User, reason: str) -> None:
    """It was booked by mistake, or the bank took it back: a reversing entry. Once.

    Locks the wallet, then the transfer. Raises ReasonMissing, NotPossibleNow, or
    InsufficientBalance when the agent has spent it.
    """
    reason = given(reason)
    deposit = locked(deposit, with_wallet=True)
    move_deposit(deposit, DepositStatus.REVERSED, actor=actor, note=reason, reason=reason)
    entry = Entry.objects.get(reference=deposit.entry_reference)
    ledger.reverse(entry=entry, memo=deposit.deposit_no)
    _record(actor, "take_deposit_back", deposit, reason)
    _tell(deposit, "deposit_taken_back", reason=reason)


_NOT_FOUND: dict[str, Any] = {
    "received_amount": None,
    "bank_txn_no": "",
    "first_by": None,
    "needs_second": False,
}


def locked(deposit: OfflineDeposit, *, with_wallet: bool = False) -> OfflineDeposit:
    if with_wallet:
        ledger.lock([Agent.objects.values_list("wallet_id", flat=True).get(pk=deposit.agent_id)])
    return (
        OfflineDeposit.objects.select_for_update(of=("self",))
        .select_related("agent__user", "bank")
        .get(pk=deposit.pk)
    )


def _book(deposit: OfflineDeposit, actor: User, **found: Any) -> None:
    move_deposit(
        deposit,
        DepositStatus.CONFIRMED,
        actor=actor,
        confirmed_by=actor,
        confirmed_at=timezone.now(),
        **found,
    )
    amount = deposit.received_amount
    assert amount is not None, "the database wouldn't have confirmed it"
    ledger.post(
        reference=deposit.entry_reference,
        kind=EntryKind.DEPOSIT,
        lines=[Line(accounts.bank(), -amount), Line(deposit.agent.wallet_id, amount)],
        memo=deposit.deposit_no,
    )
    _tell(deposit, "deposit_confirmed", amount=amount)


def _number_used(deposit: OfflineDeposit, number: str) -> BankNumberUsed:
    other = OfflineDeposit.objects.filter(
        bank=deposit.bank, bank_txn_no=number, status__in=("checked", "confirmed")
    ).first()
    return BankNumberUsed(
        _("This transfer is booked already, as %(number)s. Nothing was booked now.")
        % {"number": other or number},
        field="bank_txn_no",
    )


def _check_amount(amount: Decimal, *, field: str) -> None:
    if not LEAST <= amount <= MOST or amount != amount.quantize(FEN):
        raise AmountInvalid(field=field)


def _tell(deposit: OfflineDeposit, what: str, **facts: str | Decimal) -> None:
    tell(
        deposit.agent.user,
        f"wholesale.{what}",
        number=deposit.deposit_no,
        **{"amount": deposit.amount, **facts},
    )


def _record(
    actor: User, action: str, deposit: OfflineDeposit, reason: str = "", **details: str | Decimal
) -> None:
    audit.record(
        actor=actor,
        action=action,
        target=f"deposit:{deposit.deposit_no}",
        reason=reason,
        agent=deposit.agent_id,
        **{name: str(value) for name, value in details.items()},
    )
