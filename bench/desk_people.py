"""People on their way in, and who invited them; programs of agents."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from bench.copies import copy
from bench.papers import LEGAL, Shared, papers_of
from bench.roles import APPLICANT, NEWCOMER
from kameng.models import Agent, EventKind, OrderCallback
from kameng.services.api_keys import create_api_key
from kameng.services.applications import apply, reject_application
from kameng.services.endpoints import create_endpoint
from kameng.services.events import record_event
from kameng.services.invites import Invitation, LinkRules, count_visit, create_link
from kameng.services.renewals import apply_renewal
from orders.models import Order
from users.models import User

_LOWEST_LEVEL = 4  # of the tree that is seeded: its agents invite nobody


def lay_out_programs(agent: Agent, *, rows: int) -> None:
    """Keys, an endpoint, what it was told, and callbacks of orders."""
    key, _secret = create_api_key(agent=agent, actor=agent.user, label="门店")
    endpoint, _secret = create_endpoint(
        agent=agent,
        actor=agent.user,
        url="https://shop.example.com/hook",
        events=[EventKind.BALANCE_LOW.value],
        label="门店",
    )
    event = record_event(
        agent_id=agent.pk,
        kind=EventKind.BALANCE_LOW,
        stream="balance",
        content=lambda: {"balance": "1.00"},
    )
    assert event is not None
    delivery = event.deliveries.get()
    now = timezone.now()
    type(delivery).objects.filter(pk=delivery.pk).update(
        delivered_at=now, next_attempt_at=None, attempts=1, last_status=200
    )
    delivery.refresh_from_db()
    events = copy(event, rows * 5, created_at="now() - k * interval '1 minute'")
    copy(delivery, rows * 5, event_id=f"{events} + k")
    for order in Order.objects.filter(buyer=agent.user).order_by("-pk")[:rows]:
        OrderCallback.objects.create(
            order=order, key=key, attempts=1, delivered_at=now, last_status=200
        )
    assert endpoint.pk == delivery.endpoint_id


def invitations(agent: Agent, shared: Shared, *, rows: int) -> None:
    if agent.level == _LOWEST_LEVEL:
        return
    for n in range(10):
        link = create_link(agent=agent, rules=LinkRules(name=f"链接{n}"))
        count_visit(Invitation(agent, link))
    guest = User.objects.create(username=f"scale-guest-{agent.pk}")
    refused = apply(
        user=guest,
        invitation=Invitation(agent, link),
        tier=None,
        legal=LEGAL,
        documents=papers_of(guest),
    )
    reject_application(application=refused, actor=shared.staff, reason="照片不清楚")
    refused.refresh_from_db()
    copy(refused, rows, created_at="now() - k * interval '1 hour'")


def people_on_their_way_in(measured: Iterable[Agent], *, inviter: Agent) -> None:
    User.objects.create(username=NEWCOMER)
    user = User.objects.create(username=APPLICANT)
    apply(
        user=user,
        invitation=Invitation(inviter),
        tier=None,
        legal=LEGAL,
        documents=papers_of(user),
    )
    # An agent that sends newer papers is on its way, too.
    for agent in measured:
        apply_renewal(agent=agent, legal=LEGAL, documents=papers_of(agent.user))
