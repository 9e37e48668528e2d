"""Whether a supplier should be paused, and whether a trial went well. Pure.

Counts and shares both: five failures of five thousand are no burst, and two of two prove nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from suppliers.models import HealthRule, PauseCause

# All orders of a trial are with the supplier and none has failed: after this, more may go.
TRIAL_PATIENCE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver through the supplier, as far as it has come.

    `was_unknown`: its outcome was unknown at some time. `got_no_answer`: sending it brought no
    answer at all. `target`: the account charged; empty for cards.
    """

    at: datetime
    is_delivered: bool = False
    is_failed: bool = False
    was_unknown: bool = False
    got_no_answer: bool = False
    is_sent: bool = True
    target: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why the supplier should get no more orders; `facts` are the figures (suppliers/words.py)."""

    cause: PauseCause
    facts: Mapping[str, str] = field(default_factory=dict)


def judge(
    attempts: Sequence[Attempt],
    rule: HealthRule,
    *,
    balance: Decimal | None = None,
    needed: Decimal | None = None,
) -> Verdict | None:
    """The gravest reason to pause, or None. `attempts`: recent ones, newest first.

    `balance` is what the supplier said lately, `needed` what its cheapest offer costs.
    """
    return (
        _exhausted(balance, needed)
        or _silent(attempts, rule)
        or _unknown(attempts, rule)
        or _failing(attempts, rule)
    )


def _exhausted(balance: Decimal | None, needed: Decimal | None) -> Verdict | None:
    if balance is None or needed is None or balance >= needed:
        return None
    return Verdict(PauseCause.BALANCE, {"balance": str(balance), "needed": str(needed)})


def _silent(attempts: Sequence[Attempt], rule: HealthRule) -> Verdict | None:
    """The last so many that were sent, or were to be, all without an answer."""
    last = [attempt for attempt in attempts if attempt.is_sent or attempt.got_no_answer]
    last = last[: rule.silence_count]
    if len(last) < rule.silence_count or not all(attempt.got_no_answer for attempt in last):
        return None
    return Verdict(PauseCause.SILENCE, {"count": str(len(last))})


def _unknown(attempts: Sequence[Attempt], rule: HealthRule) -> Verdict | None:
    sent = [attempt for attempt in attempts if attempt.is_sent]
    unknown = sum(attempt.was_unknown for attempt in sent)
    if unknown < rule.unknown_count or Decimal(unknown) / len(sent) < rule.unknown_share:
        return None
    return Verdict(PauseCause.UNKNOWN, {"unknown": str(unknown), "attempts": str(len(sent))})


def _failing(attempts: Sequence[Attempt], rule: HealthRule) -> Verdict | None:
    """Failures of one account count once: a wrong number, tried again, isn't the supplier's."""
    failed = _distinct([attempt for attempt in attempts if attempt.is_failed])
    delivered = sum(attempt.is_delivered for attempt in attempts)
    decided = failed + delivered
    if failed < rule.failure_count or Decimal(failed) / decided < rule.failure_share:
        return None
    return Verdict(PauseCause.FAILURES, {"failed": str(failed), "decided": str(decided)})


def _distinct(attempts: Sequence[Attempt]) -> int:
    targets = {attempt.target for attempt in attempts if attempt.target}
    return len(targets) + sum(not attempt.target for attempt in attempts)


class TrialResult(enum.Enum):
    """What to do with a supplier on trial."""

    REOPEN = "reopen"  # all of the trial's orders were delivered
    SHUT = "shut"  # one wasn't
    MORE = "more"  # all are under way for long and none failed: let some more through
    WAIT = "wait"


def judge_trial(
    attempts: Sequence[Attempt], rule: HealthRule, *, slots_left: int, now: datetime
) -> TrialResult:
    """`attempts`: those that were begun in this trial."""
    if any(one.is_failed or one.was_unknown or one.got_no_answer for one in attempts):
        return TrialResult.SHUT
    if sum(one.is_delivered for one in attempts) >= rule.trial_orders:
        return TrialResult.REOPEN
    if slots_left == 0 and all(now - one.at >= TRIAL_PATIENCE for one in attempts):
        return TrialResult.MORE
    return TrialResult.WAIT
