"""What can be done about a difference: pure. `amount` is what must be booked, in the ledger's sign:
positive is to our disadvantage (they took more, or hold less for us, than our books say)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from reconciliation.matching import Verdict
from reconciliation.models import ResolutionKind as R

# Decisions through a supplier's or gateway's own door: they can't be taken back.
DECISIONS = (R.DELIVERED, R.FAILED, R.PAID, R.REFUNDED)


def options(
    verdict: Verdict,
    amount: Decimal,
    *,
    decisions: Sequence[R] = (),
    has_cost: bool = False,
    has_claim: bool = False,
) -> list[R]:
    """What can be done, the most usual first.

    `decisions` are those that the party's door takes; `has_cost`: the subject is something with a
    cost of ours; `has_claim`: we have claimed something from the party.
    """
    if verdict is Verdict.AGREED or (not amount and verdict is not Verdict.UNDECIDED):
        return []
    chosen: list[R] = list(decisions)
    match verdict:
        case Verdict.UNDECIDED:
            return chosen
        case Verdict.FEE:
            chosen += [R.FEE]
        case Verdict.FUNDING | Verdict.BALANCE:
            chosen += [R.BANK]
        case Verdict.AMOUNT_DIFFERS | Verdict.NOT_THERE if has_cost:
            chosen += [R.ACCEPT]
    if amount > 0:
        chosen += [R.CLAIM]
    elif has_claim:
        chosen += [R.CLAIM_PAID]
    chosen += [R.WRITE_OFF, R.BANK, R.BOOKED, R.LEAVE]
    if verdict is Verdict.BALANCE:  # what is booked already is in our balance already
        chosen.remove(R.BOOKED)
    return list(dict.fromkeys(chosen))


def is_reversible(kind: R) -> bool:
    return kind not in DECISIONS
