"""Changing prices: a set of changes holds together or not at all, and is refused when it would make
somebody's price break a rule (kameng/price_rails.py).

Every writer of prices comes through here, one at a time by an advisory lock: two changes that are
each fine can break a rule together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kameng.errors import ChangesDone, DateInPast, PriceRefused, ReasonMissing
from kameng.models import (
    Agent,
    ChangeSetStatus,
    ChangeSource,
    PriceChangeSet,
)
from kameng.price_items import PriceItem
from kameng.price_rails import Problem, find_problems, made_by
from kameng.price_words import problem_sentences
from kameng.services.price_writing import touched_skus, write_items
from users import audit
from users.models import User

Seen = TypeVar("Seen")
_LOCK = 0x6B6D7072  # "kmpr"
FORGET_DRAFTS_AFTER = timedelta(days=2)


@transaction.atomic
def change_prices(
    *,
    items: Sequence[PriceItem],
    actor: User | None,
    reason: str,
    source: ChangeSource,
    near: Agent | None = None,
) -> PriceChangeSet:
    """Make these changes, all or none; the next quote has them. Audited.

    `near`: the changes are this agent's own markups, which reach nobody but its downline. Raises
    PriceRefused, ReasonMissing. Locks all other changes of prices out until it has committed.
    """
    reason = _given(reason)
    changes = PriceChangeSet.objects.create(
        items=[item.as_json() for item in items],
        reason=reason,
        actor=actor,
        source=source,
    )
    _carry_out(changes, near=near)
    return changes


def preview(*, items: Sequence[PriceItem], near: Agent | None = None) -> list[Problem]:
    """What these changes would break. Changes nothing.

    Raises PriceRefused for what can't be written at all, such as two contracts at once.
    """
    problems, _nothing = preview_with(lambda: None, items=items, near=near)
    return problems


def preview_with(
    look: Callable[[], Seen], *, items: Sequence[PriceItem], near: Agent | None = None
) -> tuple[list[Problem], Seen]:
    """The same, and what `look` sees while the changes are made, before they are taken back."""
    with transaction.atomic():
        lock_prices()
        problems = _make(items, near=near)
        seen = look()
        transaction.set_rollback(True)
    return problems, seen


@transaction.atomic
def draft_changes(
    *, items: Sequence[PriceItem], actor: User, source: ChangeSource
) -> PriceChangeSet:
    """Keep changes for a look before they are saved. Drafts nobody saved are forgotten."""
    old = timezone.now() - FORGET_DRAFTS_AFTER
    PriceChangeSet.objects.filter(status=ChangeSetStatus.DRAFT, created_at__lt=old).delete()
    return PriceChangeSet.objects.create(
        items=[item.as_json() for item in items], actor=actor, source=source
    )


@transaction.atomic
def save_draft(
    *, changes: PriceChangeSet, actor: User, reason: str, effective_at: datetime | None
) -> None:
    """Make a draft true now, or schedule it. Raises PriceRefused, ReasonMissing, ChangesDone,
    DateInPast. A scheduled change is looked at now as well, against today's prices."""
    reason = _given(reason)
    locked = _locked(changes, ChangeSetStatus.DRAFT)
    locked.reason, locked.actor, locked.effective_at = reason, actor, effective_at
    if effective_at is None:
        _carry_out(locked)
        return
    if effective_at <= timezone.now():
        raise DateInPast(field="effective_at")
    if problems := preview(items=_items(locked)):
        raise _refused(problems)
    locked.status = ChangeSetStatus.SCHEDULED
    locked.save()
    _record(locked, "schedule_prices")


@transaction.atomic
def discard_changes(*, changes: PriceChangeSet, actor: User, reason: str) -> None:
    """Give up a draft or a scheduled change. Raises ChangesDone, ReasonMissing."""
    locked = _locked(changes, ChangeSetStatus.DRAFT, ChangeSetStatus.SCHEDULED)
    if locked.status == ChangeSetStatus.SCHEDULED:
        audit.record(
            actor=actor,
            action="discard_prices",
            target=f"price_change:{locked.pk}",
            reason=_given(reason),
        )
    locked.status, locked.finished_at = ChangeSetStatus.DISCARDED, timezone.now()
    locked.save()


def apply_due_changes() -> int:
    """Make true what is scheduled for now; return how many were looked at.

    One that would break a rule by today's prices is refused as a whole and says why: staff see it
    in the list and decide again. Safe to run twice at once.
    """
    due = PriceChangeSet.objects.filter(
        status=ChangeSetStatus.SCHEDULED, effective_at__lte=timezone.now()
    ).order_by("effective_at", "pk")
    looked_at = 0
    for changes in due:
        try:
            with transaction.atomic():
                _carry_out(_locked(changes, ChangeSetStatus.SCHEDULED))
        except ChangesDone:
            continue
        except PriceRefused as refused:
            _note_refused(changes, refused)
        looked_at += 1
    return looked_at


@transaction.atomic
def _note_refused(changes: PriceChangeSet, refused: PriceRefused) -> None:
    locked = _locked(changes, ChangeSetStatus.SCHEDULED)
    locked.status, locked.finished_at = ChangeSetStatus.REFUSED, timezone.now()
    locked.problems = list(refused.sentences) or [str(refused)]
    locked.save()
    _record(locked, "refuse_scheduled_prices")


@contextmanager
def changing_list_prices(sku_ids: Collection[int], actor: User | None) -> Iterator[None]:
    """Around a save of SKUs: refuses list prices that break a rule (settings.LIST_PRICE_RAILS).

    Runs in the caller's transaction, which a refusal rolls back. Raises PriceRefused.
    """
    lock_prices()
    now = timezone.now()
    before = find_problems(sku_ids, now=now)
    _sign(actor_id=actor.pk if actor else None, change_set_id=None)
    yield
    if problems := made_by(before, find_problems(sku_ids, now=now)):
        raise _refused(problems)


def lock_prices() -> None:
    """Until the transaction ends nobody else changes a price."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _carry_out(changes: PriceChangeSet, *, near: Agent | None = None) -> None:
    lock_prices()
    _sign(
        actor_id=changes.actor.pk if changes.actor else None,
        change_set_id=changes.pk,
    )
    if problems := _make(_items(changes), near=near):
        raise _refused(problems)
    changes.status, changes.finished_at = ChangeSetStatus.APPLIED, timezone.now()
    changes.save()
    _record(changes, "change_prices")


def _make(items: Sequence[PriceItem], *, near: Agent | None) -> list[Problem]:
    """Write the changes; return what they break. The caller rolls back."""
    now = timezone.now()
    skus = touched_skus(items)
    before = find_problems(skus, now=now, near=near)
    try:
        with transaction.atomic():
            write_items(items)
    except IntegrityError as error:
        raise _unwritable(error) from error
    return made_by(before, find_problems(skus, now=now, near=near))


def _unwritable(error: IntegrityError) -> PriceRefused:
    text = str(error)
    if "contract_price_one_at_a_time" in text:
        return PriceRefused(
            _(
                "This agent has another contract price for this SKU in that time: end that one"
                " first."
            ),
            field="valid_from",
        )
    if "contract_price_dates" in text:
        return PriceRefused(_("The contract ends before it begins."), field="valid_until")
    raise error


def _refused(problems: Sequence[Problem]) -> PriceRefused:
    sentences = problem_sentences(problems)
    return PriceRefused(sentences=sentences)


def _sign(*, actor_id: int | None, change_set_id: int | None) -> None:
    """Tell the triggers that write the history who it is, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('kameng.price_actor', %s, true),"
            " set_config('kameng.price_change_set', %s, true)",
            [str(actor_id or ""), str(change_set_id or "")],
        )


def _items(changes: PriceChangeSet) -> list[PriceItem]:
    return [PriceItem.of(kept) for kept in changes.items]


def _locked(changes: PriceChangeSet, *statuses: ChangeSetStatus) -> PriceChangeSet:
    locked = (
        PriceChangeSet.objects.select_for_update(of=("self",))
        .select_related("actor")
        .get(pk=changes.pk)
    )
    if locked.status not in statuses:
        raise ChangesDone
    return locked


def _given(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing(field="reason")
    return reason.strip()[:200]


def _record(changes: PriceChangeSet, action: str) -> None:
    audit.record(
        actor=changes.actor,
        action=action,
        target=f"price_change:{changes.pk}",
        reason=changes.reason,
        source=changes.source,
        changes=len(changes.items),
    )
