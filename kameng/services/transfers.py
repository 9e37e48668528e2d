"""Handing deposit down: an agent gives its own money to one below it; staff can take it back.

Invariants (kameng/transfer_checks.py): a transfer is one entry from wallet to wallet; it never
hands on money of a credit line; it is taken back by reversing that entry, once, as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kameng.errors import (
    AgentSuspended,
    NotPossibleNow,
    ReasonMissing,
    TransferRefConflict,
    TransferRefused,
)
from kameng.models import Agent, DepositTransfer, TransferRules, TransferStatus
from kameng.queries.orders import start_of
from ledger import services as ledger
from ledger.models import Account, EntryKind
from ledger.services import Line
from outbound.numbers import new_number
from ui.formats import money
from users import audit
from users.models import User
from users.notices import tell

NOTHING = Decimal(0)


def transfer_rules() -> TransferRules:
    """What staff allow; the defaults while nobody has decided."""
    return TransferRules.objects.first() or TransferRules()


@dataclass(frozen=True, slots=True)
class Room:
    """What a sender could hand on now, and why not more (CNY)."""

    own_money: Decimal
    left_today: Decimal
    single_limit: Decimal

    @property
    def most(self) -> Decimal:
        return max(min(self.own_money, self.left_today, self.single_limit), NOTHING)


def room(sender: Agent, rules: TransferRules) -> Room:
    """Own money is the balance without a credit line, rounded down to the fen."""
    balance = Account.objects.values_list("balance", flat=True).get(pk=sender.wallet_id)
    assert balance is not None, "a wallet is guarded"
    own = max(balance, NOTHING).quantize(Decimal("0.01"), rounding="ROUND_DOWN")
    return Room(own, rules.daily_limit - handed_on_today(sender), rules.single_limit)


def handed_on_today(sender: Agent) -> Decimal:
    today = DepositTransfer.objects.filter(
        sender=sender,
        status=TransferStatus.DONE,
        created_at__gte=start_of(timezone.localdate()),
    )
    return today.aggregate(sum=Sum("amount"))["sum"] or NOTHING


def check_transfer(*, sender: Agent, receiver: Agent, amount: Decimal) -> None:
    """Raise what a transfer would be refused for now: AgentSuspended or TransferRefused.

    Says yes without locking anything: `transfer_deposit` asks again behind the wallet's lock.
    """
    rules = transfer_rules()
    levels = levels_below(sender, receiver)
    if not rules.is_open:
        raise TransferRefused(
            _("Transfers are switched off at present. No money moved: ask customer service.")
        )
    if levels is None:
        raise TransferRefused(_("This agent isn't below you, so no money moved."))
    if rules.levels is not None and levels > rules.levels:
        raise TransferRefused(
            _(
                "Money can be handed on to agents up to %(levels)d levels below you, this one is"
                " %(below)d below. No money moved."
            )
            % {"levels": rules.levels, "below": levels}
        )
    if not sender.is_active:
        raise AgentSuspended
    if not receiver.is_active:
        raise TransferRefused(
            _("%(agent)s is suspended and can't receive money. No money moved.")
            % {"agent": receiver}
        )
    if amount < rules.minimum:
        raise TransferRefused(
            _("The least amount is %(amount)s. No money moved.") % {"amount": money(rules.minimum)},
            field="amount",
        )
    if amount > rules.single_limit:
        raise TransferRefused(
            _("One transfer may be %(amount)s at most. No money moved.")
            % {"amount": money(rules.single_limit)},
            field="amount",
        )
    left = room(sender, rules)
    if amount > left.left_today:
        raise TransferRefused(
            _("You can hand on %(left)s more today (%(limit)s a day). No money moved.")
            % {"left": money(max(left.left_today, NOTHING)), "limit": money(rules.daily_limit)},
            field="amount",
        )
    if amount > left.own_money:
        raise TransferRefused(
            _(
                "Your own money is %(money)s; a credit line can't be handed on. No money moved:"
                " pay in first, or choose less."
            )
            % {"money": money(left.own_money)},
            field="amount",
        )


def levels_below(sender: Agent, receiver: Agent) -> int | None:
    """1: direct; None: not below at all."""
    if sender.pk not in receiver.upline_ids:
        return None
    return receiver.upline_ids.index(sender.pk) + 1


@transaction.atomic
def transfer_deposit(
    *, sender: Agent, receiver: Agent, amount: Decimal, client_ref: str, note: str = ""
) -> DepositTransfer:
    """Hand on `amount` (CNY, whole fen) of the sender's own money; return the transfer.

    Locks both wallets in key order, so that neither two transfers nor an order and a transfer spend
    the same money; the day's limit and repetitions are looked for behind that lock. Safe to repeat:
    the same `client_ref` of a sender gives the same transfer back and moves nothing. Raises
    TransferRefConflict when it was used for something else, else what `check_transfer` raises.
    """
    ledger.lock([sender.wallet_id, receiver.wallet_id])
    # As they are now: either may have been suspended or moved since the page was opened.
    fresh = Agent.objects.select_related("user").in_bulk([sender.pk, receiver.pk])
    sender, receiver = fresh[sender.pk], fresh[receiver.pk]
    earlier = DepositTransfer.objects.filter(sender=sender, client_ref=client_ref).first()
    if earlier is not None:
        if (earlier.receiver_id, earlier.amount) != (receiver.pk, amount):
            raise TransferRefConflict
        return earlier
    check_transfer(sender=sender, receiver=receiver, amount=amount)
    transfer_no = new_number("T")
    posted = ledger.post(
        reference=f"transfer:{transfer_no}",
        kind=EntryKind.DEPOSIT_TRANSFER,
        lines=[Line(sender.wallet_id, -amount), Line(receiver.wallet_id, amount)],
        memo=f"{sender.name} → {receiver.name}"[:200],
    )
    levels = levels_below(sender, receiver)
    assert levels is not None, "check_transfer lets money go down only"
    transfer = DepositTransfer.objects.create(
        transfer_no=transfer_no,
        sender=sender,
        receiver=receiver,
        levels_below=levels,
        client_ref=client_ref,
        amount=amount,
        note=note.strip(),
        entry_id=posted.entry_id,
    )
    tell(
        receiver.user,
        "wholesale.deposit_received",
        amount=amount,
        sender=sender.name,
        note=transfer.note,
        number=transfer_no,
    )
    return transfer


@transaction.atomic
def reverse_transfer(*, transfer: DepositTransfer, actor: User, reason: str) -> None:
    """Take a transfer back, as a whole and once: staff's decision, audited.

    The money must still be there: what the receiver has spent isn't taken from its credit line.
    Locks both wallets, then the transfer. Raises ReasonMissing or NotPossibleNow.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    sender, receiver = transfer.sender, transfer.receiver
    ledger.lock([sender.wallet_id, receiver.wallet_id])
    locked = DepositTransfer.objects.select_for_update(of=("self",)).select_related("entry")
    transfer = locked.get(pk=transfer.pk)
    if transfer.status != TransferStatus.DONE:
        raise NotPossibleNow(_("This transfer has been taken back already."))
    balance = Account.objects.values_list("balance", flat=True).get(pk=receiver.wallet_id)
    if balance is None or balance < transfer.amount:
        raise NotPossibleNow(
            _(
                "%(agent)s has %(balance)s left of its own money, less than the transfer. Nothing"
                " was taken back."
            )
            % {"agent": receiver, "balance": money(balance)}
        )
    ledger.reverse(entry=transfer.entry, memo=transfer.entry.memo)
    DepositTransfer.objects.filter(pk=transfer.pk).update(
        status=TransferStatus.REVERSED,
        reversed_at=timezone.now(),
        reversed_by=actor,
        reversal_reason=reason.strip(),
    )
    for person in (sender.user, receiver.user):
        tell(
            person,
            "wholesale.transfer_reversed",
            amount=transfer.amount,
            sender=sender.name,
            receiver=receiver.name,
            reason=reason.strip(),
            number=transfer.transfer_no,
        )
    audit.record(
        actor=actor,
        action="reverse_transfer",
        target=f"transfer:{transfer.transfer_no}",
        reason=reason.strip(),
        amount=str(transfer.amount),
        sender=sender.pk,
        receiver=receiver.pk,
    )


@transaction.atomic
def set_transfer_rules(*, rules: TransferRules, actor: User, changed: str) -> None:
    """Store what staff allow from now on; audited with every number."""
    rules.pk = 1
    rules.save()
    audit.record(
        actor=actor,
        action="change_transfer_rules",
        target="transfer_rules",
        changed=changed,
        is_open=str(rules.is_open),
        levels=rules.levels,
        minimum=str(rules.minimum),
        single_limit=str(rules.single_limit),
        daily_limit=str(rules.daily_limit),
    )
