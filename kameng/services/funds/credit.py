"""Credit lines: set, change, end by hand or on their last day. None costs interest.

The wallet's floor is the line. A line that ends, or shrinks, below what is used leaves the books as
they are: the floor stands at the balance, so buying stops, and climbs with every deposit until the
agreed floor is reached (ledger.set_floor). docs/decisions says why that isn't refused.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kameng.funds_errors import CreditLineInUse, CreditLineInvalid
from kameng.models import Agent, CreditLine
from kameng.services.funds.moving import given
from ledger import services as ledger
from ledger.models import Account
from ui.formats import money
from users import audit
from users.models import User
from users.notices import tell

NOTHING = Decimal(0)
MOST = Decimal(100_000_000)


def credit_line_of(agent: Agent) -> CreditLine | None:
    return CreditLine.objects.filter(agent=agent, ended_at=None).first()


@transaction.atomic
def set_credit_line(
    *,
    agent: Agent,
    amount: Decimal,
    until_on: date | None,
    actor: User,
    reason: str,
    stops_buying: bool = False,
) -> None:
    """Let the wallet go so far below zero (CNY), up to and on a last day; 0 ends the line.

    Locks the wallet. Raises ReasonMissing, CreditLineInvalid, or CreditLineInUse when more of it
    is in use than the new line allows: then `stops_buying` says that this is meant.
    """
    reason = given(reason)
    if not 0 <= amount <= MOST or amount != amount.quantize(Decimal("0.01")):
        raise CreditLineInvalid(
            _("Enter an amount from 0 with at most two decimals."), field="amount"
        )
    if until_on is not None and until_on < timezone.localdate():
        raise CreditLineInvalid(_("The last day is over already."), field="until_on")
    ledger.lock([agent.wallet_id])
    used = _used(agent)
    if used > amount and not stops_buying:
        raise CreditLineInUse(
            _(
                "%(used)s of the credit is in use. With this line the agent can't buy until it has"
                " paid in %(missing)s. Tick the box if you mean that."
            )
            % {"used": money(used), "missing": money(used - amount)},
            field="stops_buying",
        )
    before = credit_line_of(agent)
    CreditLine.objects.filter(agent=agent, ended_at=None).update(ended_at=timezone.now())
    if amount:
        CreditLine.objects.create(
            agent=agent, amount=amount, until_on=until_on, reason=reason, set_by=actor
        )
    ledger.set_floor(agent.wallet_id, -amount)
    audit.record(
        actor=actor,
        action="set_credit_line",
        target=f"agent:{agent.pk}",
        reason=reason,
        before=str(before.amount) if before else "0",
        after=str(amount),
        until=str(until_on or ""),
    )
    if amount:
        until = str(until_on) if until_on else _("further notice")
        tell(agent.user, "wholesale.credit_line_set", amount=amount, until=until)
    elif before:
        tell(agent.user, "wholesale.credit_line_ended", amount=before.amount, used=used)


def end_credit_lines(*, most: int = 500) -> int:
    """End the lines whose last day is over; return how many. Safe to repeat and at once."""
    today = timezone.localdate()
    over = CreditLine.objects.filter(ended_at=None, until_on__lt=today).order_by("until_on", "pk")
    return sum(_end(pk) for pk in list(over.values_list("pk", flat=True)[:most]))


@transaction.atomic
def _end(line_id: int) -> bool:
    line = CreditLine.objects.select_related("agent__user").get(pk=line_id)
    ledger.lock([line.agent.wallet_id])
    ended = CreditLine.objects.filter(pk=line_id, ended_at=None).update(ended_at=timezone.now())
    if not ended:
        return False
    ledger.set_floor(line.agent.wallet_id, NOTHING)
    used = _used(line.agent)
    audit.record(
        actor=None,
        action="end_credit_line",
        target=f"agent:{line.agent_id}",
        reason=f"last day {line.until_on}",
        before=str(line.amount),
        after="0",
    )
    tell(line.agent.user, "wholesale.credit_line_ended", amount=line.amount, used=used)
    return True


def _used(agent: Agent) -> Decimal:
    balance = Account.objects.values_list("balance", flat=True).get(pk=agent.wallet_id)
    return max(-(balance or NOTHING), NOTHING)
