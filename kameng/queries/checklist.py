"""Getting started: what a new agent has done already, told from the facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kameng.models import (
    Agent,
    ApiKey,
    Application,
    ChecklistDismissal,
    Diligence,
    Endpoint,
    InviteLink,
)
from kameng.services.invites import possible_tiers
from ledger.models import EntryKind, Posting
from orders.models import Channel, Order

_PAID_IN = (EntryKind.DEPOSIT, EntryKind.DEPOSIT_TRANSFER)


@dataclass(frozen=True, slots=True)
class Item:
    label: str
    text: str
    icon: str
    address: str
    action: str
    is_done: bool
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Checklist:
    items: Sequence[Item]

    @property
    def done(self) -> int:
        return sum(item.is_done for item in self.items)

    @property
    def is_complete(self) -> bool:
        return all(item.is_done for item in self.items if not item.is_optional)


def checklist(agent: Agent) -> Checklist | None:
    """What there is to do and what is done; None once the agent is through with it.

    A few statements, however much the agent has done: each fact is looked for, not counted.
    """
    if ChecklistDismissal.objects.filter(agent=agent).exists():
        return None
    me = OuterRef("pk")
    facts = (
        Agent.objects.filter(pk=agent.pk)
        .annotate(
            is_known=Exists(
                Diligence.objects.filter(
                    agent=me, ended_at=None, valid_until__gte=timezone.localdate()
                )
            ),
            has_paid_in=Exists(
                Posting.objects.filter(
                    account=OuterRef("wallet"), entry__kind__in=_PAID_IN, amount__gt=0
                )
            ),
            has_bought=Exists(
                Order.objects.filter(buyer=OuterRef("user"), channel=Channel.WHOLESALE)
            ),
            has_invited=Exists(Application.objects.filter(inviter=me)),
            has_link=Exists(InviteLink.objects.filter(agent=me)),
            has_key=Exists(ApiKey.objects.filter(agent=me)),
            has_endpoint=Exists(Endpoint.objects.filter(agent=me, deleted_at=None)),
        )
        .values(
            "is_known",
            "has_paid_in",
            "has_bought",
            "has_invited",
            "has_link",
            "has_key",
            "has_endpoint",
        )
        .get()
    )
    return Checklist(
        [
            Item(
                label=_("Have your papers accepted"),
                text=_("Then your full limits hold, and you can withdraw money."),
                icon="file-check",
                address=reverse("kameng:identity"),
                action=_("My papers"),
                is_done=facts["is_known"],
            ),
            Item(
                label=_("Pay in"),
                text=_("Orders are paid from your balance. What isn't delivered comes back to it."),
                icon="wallet",
                address=reverse("kameng:deposit"),
                action=_("Deposit"),
                is_done=facts["has_paid_in"],
            ),
            Item(
                label=_("Buy something"),
                text=_("Choose goods, check the price of your tier, confirm, take the codes."),
                icon="store",
                address=reverse("kameng:catalogue"),
                action=_("To the goods"),
                is_done=facts["has_bought"],
            ),
            *_inviting(agent, has_invited=facts["has_invited"] or facts["has_link"]),
            Item(
                label=_("Set where mail goes"),
                text=_("So that you hear of a low balance or of papers that run out."),
                icon="mail",
                address=reverse("kameng:notice_choices"),
                action=_("Set it up"),
                is_done=bool(agent.user.email),
                is_optional=True,
            ),
            Item(
                label=_("Connect your own program"),
                text=_("With an API key it buys by itself; a webhook tells it what happens."),
                icon="code",
                address=reverse("kameng:api_keys"),
                action=_("Open API"),
                is_done=facts["has_key"] or facts["has_endpoint"],
                is_optional=True,
            ),
        ]
    )


def _inviting(agent: Agent, *, has_invited: bool) -> list[Item]:
    """The lowest tier has nobody to invite."""
    if not has_invited and not possible_tiers(agent):
        return []
    return [
        Item(
            label=_("Invite your first agent"),
            text=_("Share your link or a poster with your QR code in it."),
            icon="user-plus",
            address=reverse("kameng:invite"),
            action=_("Invite agents"),
            is_done=has_invited,
        )
    ]
