"""Money out: asked → (a second look) → approved → paid; or refused, cancelled, failed, returned.

Invariant: the account of withdrawals holds exactly the open ones; whatever ends another way than
paid is in the wallet again, in the same transaction. `kameng/funds_checks.py` compares both.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from kameng.errors import AgentSuspended, NotPossibleNow
from kameng.funds_errors import (
    AboveDailyLimit,
    AccountNotUsable,
    BankNumberUsed,
    HolderDiffers,
    NotEnoughOwnMoney,
    SamePerson,
    WithdrawalChanged,
    WithdrawalInvalid,
)
from kameng.models import (
    AccountStatus,
    Agent,
    Commission,
    PayoutAccount,
    Withdrawal,
    WithdrawalEvent,
    WithdrawalStatus,
)
from kameng.models.withdrawals import UNDONE_WITHDRAWALS
from kameng.queries.orders import start_of
from kameng.services.funds.moving import given, move_withdrawal
from kameng.services.funds.payout_accounts import known_person, same_name
from kameng.services.funds.rules import FEN, fee_of, funds_rules
from ledger import accounts
from ledger import services as ledger
from ledger.models import Account, Entry, EntryKind
from ledger.services import Line
from outbound.numbers import new_number
from ui.formats import full_moment, money
from users import audit
from users.models import User
from users.notices import tell

NOTHING = Decimal(0)


def own_money(agent: Agent) -> Decimal:
    """What may be withdrawn (CNY): the balance itself, without a credit line and without what
    refunds of settled commissions have still to take back."""
    balance = Account.objects.values_list("balance", flat=True).get(pk=agent.wallet_id)
    owed = Commission.objects.filter(agent=agent).aggregate(
        owed=Sum(F("clawed_back") - F("recovered"))
    )["owed"]
    return max((balance or NOTHING) - (owed or NOTHING), NOTHING)


def left_today(agent: Agent) -> Decimal | None:
    """What the day still allows (CNY); None without a limit."""
    limit = funds_rules().withdrawal_daily_limit
    if limit is None:
        return None
    today = timezone.localdate()
    asked = (
        Withdrawal.objects.filter(
            agent=agent,
            created_at__gte=start_of(today),
            created_at__lt=start_of(today + timedelta(days=1)),
        )
        .exclude(status__in=UNDONE_WITHDRAWALS)
        .aggregate(sum=Sum("amount"))["sum"]
    )
    return max(limit - (asked or NOTHING), NOTHING)


def check_withdrawal(*, agent: Agent, account: PayoutAccount, amount: Decimal) -> Decimal:
    """Whether it would be possible now; return the fee (CNY).

    Raises AgentSuspended, DiligenceMissing, DiligenceExpired, AccountNotUsable, HolderDiffers,
    WithdrawalInvalid, NotEnoughOwnMoney or AboveDailyLimit.
    """
    fresh = Agent.objects.select_related("user").get(pk=agent.pk)
    if not fresh.is_active:
        raise AgentSuspended(
            _("Your agent account is suspended, so nothing can be withdrawn: %(reason)s")
            % {"reason": fresh.suspended_reason}
        )
    person = known_person(fresh)
    _check_account(fresh, account.pk, person.name)
    rules = funds_rules()
    if amount != amount.quantize(FEN) or amount < rules.withdrawal_min:
        raise WithdrawalInvalid(
            _("Withdraw at least %(least)s, with at most two decimals.")
            % {"least": money(rules.withdrawal_min)},
            field="amount",
        )
    own = own_money(fresh)
    if amount > own:
        raise NotEnoughOwnMoney(
            _("%(own)s can be withdrawn: a credit line and pending money can't.")
            % {"own": money(own)},
            field="amount",
        )
    left = left_today(fresh)
    if left is not None and amount > left:
        raise AboveDailyLimit(
            _("Today you can withdraw %(left)s more.") % {"left": money(left)}, field="amount"
        )
    fee = fee_of(amount, rules)
    if fee >= amount:
        raise WithdrawalInvalid(
            _("The fee of %(fee)s would take all of it. Withdraw more at once.")
            % {"fee": money(fee)},
            field="amount",
        )
    return fee


def _check_account(agent: Agent, account_id: int, legal_name: str) -> None:
    found = PayoutAccount.objects.filter(pk=account_id, agent=agent).first()
    if found is None or found.status != AccountStatus.VERIFIED:
        raise AccountNotUsable(field="account")
    if found.usable_from and found.is_cooling:
        raise AccountNotUsable(
            _("This account is new: money can go there from %(time)s.")
            % {"time": full_moment(found.usable_from)},
            field="account",
        )
    if not same_name(found.holder, legal_name):
        raise HolderDiffers(
            _("This account belongs to %(holder)s, but your legal person is %(name)s now.")
            % {"holder": found.holder, "name": legal_name},
            field="account",
        )


@transaction.atomic
def ask_for_withdrawal(
    *, agent: Agent, account: PayoutAccount, amount: Decimal, client_ref: str
) -> Withdrawal:
    """Take the amount (CNY) out of the wallet at once, for staff to approve and pay.

    Locks the wallet, so that many at once never take more than there is; then the bank account.
    Safe to repeat: the same reference gives the same withdrawal back, and WithdrawalChanged for
    another amount or account. Raises what `check_withdrawal` raises; nothing is taken then.
    """
    ledger.lock([agent.wallet_id])
    known = Withdrawal.objects.filter(agent=agent, client_ref=client_ref).first()
    if known is not None:
        if (known.amount, known.account_id) != (amount, account.pk):
            raise WithdrawalChanged
        return known
    _hold(account.pk)
    fee = check_withdrawal(agent=agent, account=account, amount=amount)
    withdrawal = Withdrawal.objects.create(
        withdrawal_no=new_number("W"),
        agent=agent,
        account=account,
        client_ref=client_ref,
        amount=amount,
        fee=fee,
    )
    WithdrawalEvent.objects.create(
        withdrawal=withdrawal, status=WithdrawalStatus.REQUESTED, actor=agent.user
    )
    ledger.post(
        reference=withdrawal.asked_reference,
        kind=EntryKind.WITHDRAWAL,
        lines=[Line(agent.wallet_id, -amount), Line(accounts.withdrawals(), amount)],
        memo=withdrawal.withdrawal_no,
    )
    _record(agent.user, "ask_for_withdrawal", withdrawal)
    tell(
        agent.user,
        "wholesale.withdrawal_asked",
        number=withdrawal.withdrawal_no,
        amount=amount,
        account=str(account),
    )
    return withdrawal


@transaction.atomic
def approve_withdrawal(*, withdrawal: Withdrawal, actor: User, note: str = "") -> WithdrawalStatus:
    """Let it be paid, or leave it to a second person above the amount of the rules; return which.

    Raises NotPossibleNow, AgentSuspended, DiligenceMissing, DiligenceExpired, AccountNotUsable or
    HolderDiffers: then refuse it, or wait.
    """
    withdrawal = _locked(withdrawal)
    if withdrawal.status == WithdrawalStatus.CHECKED:
        raise NotPossibleNow(_("Somebody has approved this already. Approve it as the second."))
    _must_still_be_right(withdrawal)
    above = funds_rules().withdrawal_four_eyes_above
    if above is not None and withdrawal.amount > above:
        move_withdrawal(
            withdrawal, WithdrawalStatus.CHECKED, actor=actor, first_by=actor, needs_second=True
        )
    else:
        _approve(withdrawal, actor)
    _record(actor, "approve_withdrawal", withdrawal, note)
    return WithdrawalStatus(withdrawal.status)


@transaction.atomic
def approve_again(*, withdrawal: Withdrawal, actor: User, note: str = "") -> None:
    """A second person agrees. Raises SamePerson, and what `approve_withdrawal` raises."""
    withdrawal = _locked(withdrawal)
    if withdrawal.status != WithdrawalStatus.CHECKED:
        raise NotPossibleNow(
            _("%(number)s isn't waiting for a second person any more.") % {"number": withdrawal}
        )
    if withdrawal.first_by_id == actor.pk:
        raise SamePerson
    _must_still_be_right(withdrawal)
    _approve(withdrawal, actor)
    _record(actor, "approve_withdrawal_again", withdrawal, note)


def _approve(withdrawal: Withdrawal, actor: User) -> None:
    move_withdrawal(
        withdrawal,
        WithdrawalStatus.APPROVED,
        actor=actor,
        approved_by=actor,
        approved_at=timezone.now(),
    )
    _tell(withdrawal, "withdrawal_approved")


def _must_still_be_right(withdrawal: Withdrawal) -> None:
    """Between asking and approving an agent may be suspended, or its papers run out."""
    if not withdrawal.agent.is_active:
        raise AgentSuspended(
            _("%(agent)s is suspended: refuse the withdrawal, or wait.")
            % {"agent": withdrawal.agent}
        )
    _hold(withdrawal.account_id)
    _check_account(withdrawal.agent, withdrawal.account_id, known_person(withdrawal.agent).name)


@transaction.atomic
def pay_withdrawal(*, withdrawal: Withdrawal, actor: User, bank_txn_no: str) -> None:
    """The bank has sent it, under this number: book it and our fee. Once.

    Raises BankNumberUsed or NotPossibleNow.
    """
    withdrawal = _locked(withdrawal)
    number = "".join(bank_txn_no.split()).upper()
    if not number:
        raise BankNumberUsed(_("Enter the bank's number of the payment."), field="bank_txn_no")
    try:
        with transaction.atomic():
            move_withdrawal(
                withdrawal,
                WithdrawalStatus.PAID,
                actor=actor,
                bank_txn_no=number,
                paid_at=timezone.now(),
            )
    except IntegrityError as error:
        if "withdrawal_paid_once" in str(error):
            raise BankNumberUsed(
                _("This number belongs to another withdrawal already. Nothing was booked."),
                field="bank_txn_no",
            ) from error
        raise
    ledger.post(
        reference=withdrawal.paid_reference,
        kind=EntryKind.WITHDRAWAL,
        lines=[
            Line(accounts.withdrawals(), -withdrawal.amount),
            Line(accounts.bank(), withdrawal.net),
            Line(accounts.fee_income("withdrawal"), withdrawal.fee),
        ],
        memo=withdrawal.withdrawal_no,
    )
    _record(actor, "pay_withdrawal", withdrawal, bank_txn_no=number)
    _tell(withdrawal, "withdrawal_paid", net=withdrawal.net, account=str(withdrawal.account))


@transaction.atomic
def refuse_withdrawal(*, withdrawal: Withdrawal, actor: User, reason: str) -> None:
    """The money goes back into the wallet in this transaction, and the agent reads why.

    Locks the wallet, then the withdrawal. Raises ReasonMissing or NotPossibleNow.
    """
    reason = given(reason)
    withdrawal = _locked(withdrawal, with_wallet=True)
    _undo(withdrawal, WithdrawalStatus.REFUSED, actor, reason)
    _record(actor, "refuse_withdrawal", withdrawal, reason)


@transaction.atomic
def cancel_withdrawal(*, withdrawal: Withdrawal) -> None:
    """The agent doesn't want it any more, while staff haven't approved it: the money goes back.

    Raises NotPossibleNow.
    """
    withdrawal = _locked(withdrawal, with_wallet=True)
    _undo(withdrawal, WithdrawalStatus.CANCELLED, withdrawal.agent.user, "")
    _record(withdrawal.agent.user, "cancel_withdrawal", withdrawal)


@transaction.atomic
def fail_withdrawal(*, withdrawal: Withdrawal, actor: User, reason: str) -> None:
    """It was approved, and the bank couldn't send it: the money goes back into the wallet.

    Raises ReasonMissing or NotPossibleNow.
    """
    reason = given(reason)
    withdrawal = _locked(withdrawal, with_wallet=True)
    _undo(withdrawal, WithdrawalStatus.FAILED, actor, reason)
    _record(actor, "fail_withdrawal", withdrawal, reason)


@transaction.atomic
def return_withdrawal(*, withdrawal: Withdrawal, actor: User, reason: str) -> None:
    """It was paid, and the bank sent it back to us: into the wallet with it, the fee included.

    Raises ReasonMissing or NotPossibleNow.
    """
    reason = given(reason)
    withdrawal = _locked(withdrawal, with_wallet=True)
    _undo(withdrawal, WithdrawalStatus.RETURNED, actor, reason)
    _record(actor, "return_withdrawal", withdrawal, reason)


def _undo(withdrawal: Withdrawal, to: WithdrawalStatus, actor: User, reason: str) -> None:
    was_paid = withdrawal.status == WithdrawalStatus.PAID
    move_withdrawal(withdrawal, to, actor=actor, note=reason, reason=reason)
    if was_paid:
        _reverse(withdrawal.paid_reference, withdrawal)
    _reverse(withdrawal.asked_reference, withdrawal)
    if to != WithdrawalStatus.CANCELLED:
        _tell(withdrawal, f"withdrawal_{to.value}", reason=reason)


def _reverse(reference: str, withdrawal: Withdrawal) -> None:
    ledger.reverse(entry=Entry.objects.get(reference=reference), memo=withdrawal.withdrawal_no)


def _hold(account_id: int) -> None:
    """The account can't be removed before this transaction is over."""
    PayoutAccount.objects.select_for_update(no_key=True).filter(pk=account_id).first()


def _locked(withdrawal: Withdrawal, *, with_wallet: bool = False) -> Withdrawal:
    if with_wallet:
        ledger.lock([Agent.objects.values_list("wallet_id", flat=True).get(pk=withdrawal.agent_id)])
    return (
        Withdrawal.objects.select_for_update(of=("self",))
        .select_related("agent__user", "account")
        .get(pk=withdrawal.pk)
    )


def _tell(withdrawal: Withdrawal, what: str, **facts: Any) -> None:
    tell(
        withdrawal.agent.user,
        f"wholesale.{what}",
        number=withdrawal.withdrawal_no,
        amount=withdrawal.amount,
        **facts,
    )


def _record(
    actor: User, action: str, withdrawal: Withdrawal, reason: str = "", **details: str
) -> None:
    audit.record(
        actor=actor,
        action=action,
        target=f"withdrawal:{withdrawal.withdrawal_no}",
        reason=reason,
        agent=withdrawal.agent_id,
        amount=str(withdrawal.amount),
        **details,
    )
