"""Who is measured: four agents of different places in the tree, and two people on their way in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet

from bench.scale import ROOT
from kameng.models import (
    AccountPaper,
    Agent,
    Announcement,
    ApiKey,
    Application,
    Batch,
    Delivery,
    DepositProof,
    DepositTransfer,
    Document,
    DownlineMarkup,
    Endpoint,
    InviteLink,
    OfflineDeposit,
    OrderPlan,
    PayoutAccount,
    Poster,
    SalesMonth,
    Withdrawal,
)
from orders.models import Order
from payments.models import Payment
from users.models import Notice, User

APPLICANT, NEWCOMER = "scale-applicant", "scale-newcomer"
GOODS, CARDS = "scale-0", "scale-cards"
_OF_AGENTS = ("downline_agent", "downline_branch", "transfer")
_OF_PRODUCTS = ("product", "quote", "review", "buy", "new_plan")


@dataclass(frozen=True, slots=True)
class Role:
    """Who asks, and what stands for the variable parts of addresses."""

    name: str
    user: User
    agent: Agent | None
    examples: Mapping[str, str]


def agents() -> dict[str, Agent]:
    """The master above everybody, a level-1 agent with a large branch, a leaf that buys a lot, and
    one with a small branch and short lists, whose pages must not cost fewer statements."""
    known = Agent.objects.select_related("user", "tier", "wallet")
    master = known.get(user__username=ROOT)
    level1 = max(known.filter(parent=master), key=lambda agent: agent.rght - agent.lft)
    leaves = SalesMonth.objects.filter(agent__level=4, agent__status="active")
    leaf = leaves.order_by("-own_orders", "agent").first()
    assert leaf is not None, "somebody at the bottom has bought something"
    branches = known.filter(
        level=2,
        status="active",
        direct_downline__status="active",
        direct_downline__rght__gt=F("direct_downline__lft") + 1,
    )
    small = branches.order_by(F("rght") - F("lft"), "pk").first()
    assert small is not None, "somebody in the middle has a branch"
    return {
        "master": master,
        "level 1": level1,
        "leaf": known.get(pk=leaf.agent_id),
        "small": small,
    }


def roles() -> list[Role]:
    found = [Role(name, agent.user, agent, _examples(agent)) for name, agent in agents().items()]
    master = found[0].agent
    assert master is not None
    for username in (APPLICANT, NEWCOMER):
        user = User.objects.filter(username=username).first()
        if user is not None:
            examples = {"invite_code": master.invite_code, **_of_applicant(user)}
            found.append(Role(username.removeprefix("scale-"), user, None, examples))
    return found


def _of_applicant(user: User) -> dict[str, str]:
    found = {
        "document:pk": _key(Document.objects.filter(owner=user)),
        "withdraw_application:pk": _key(Application.objects.filter(user=user)),
    }
    return {name: value for name, value in found.items() if value}


def _examples(agent: Agent) -> dict[str, str]:
    """By part of an address, or by the name of a page and a part; only what there is."""
    order = Order.objects.filter(buyer=agent.user_id).order_by("-id")
    cards = order.filter(kind="card", status="completed")
    link = _value(InviteLink.objects.filter(agent=agent), "code")
    delivery = _key(Delivery.objects.filter(endpoint__agent=agent))
    plan = _key(OrderPlan.objects.filter(agent=agent, status="active"))
    key = _key(ApiKey.objects.filter(agent=agent, revoked_at=None))
    endpoint = _key(Endpoint.objects.filter(agent=agent, deleted_at=None))
    announcement = _key(Announcement.objects.filter(importance="important"))
    found = {
        "invite_code": agent.invite_code,
        "order_no": _value(order, "order_no"),
        "order_codes:order_no": _value(cards, "order_no"),
        "price_history:code": f"{GOODS}-10",
        "favourite:code": f"{GOODS}-10",
        "batch_no": _value(Batch.objects.filter(agent=agent), "batch_no"),
        "year": "2026",
        "number": "10",
        "deposit_no": _value(OfflineDeposit.objects.filter(agent=agent), "deposit_no"),
        "deposit_proof:pk": _key(DepositProof.objects.filter(deposit__agent=agent)),
        "withdrawal_no": _value(Withdrawal.objects.filter(agent=agent), "withdrawal_no"),
        "remove_payout_account:pk": _key(
            PayoutAccount.objects.filter(agent=agent, withdrawals__isnull=True)
        ),
        "account_paper:pk": _key(AccountPaper.objects.filter(account__agent=agent)),
        "transfer_no": _value(
            DepositTransfer.objects.filter(sender=agent)
            or DepositTransfer.objects.filter(receiver=agent),
            "transfer_no",
        ),
        "notice:pk": _key(Notice.objects.filter(user=agent.user)),
        "remove_markup:pk": _key(DownlineMarkup.objects.filter(upline=agent)),
        "poster:pk": _key(Poster.objects.all()),
        "document:pk": _key(Document.objects.filter(owner=agent.user)),
        "withdraw_application:pk": _key(Application.objects.filter(renews=agent)),
        "payment": _value(Payment.objects.filter(payer=agent.user), "payment_no"),
        "kind": "event" if delivery else "",
        "action": "pause",
        **dict.fromkeys((f"{page}:code" for page in _OF_PRODUCTS), GOODS),
        **dict.fromkeys((f"{page}:pk" for page in _OF_AGENTS), _key(_below(agent))),
        **{f"{page}:code": link for page in ("invite_link", "change_link", "switch_link")},
        **{f"{page}:code": link for page in ("invite_png", "invite_svg")},
        **{f"{page}:pk": delivery for page in ("delivery", "resend")},
        **{f"{page}:pk": plan for page in ("plan", "change_plan")},
        **{f"{page}:pk": key for page in ("rotate_key", "revoke_key")},
        **{f"{page}:pk": endpoint for page in ("webhook", "webhook_action")},
        **{f"{page}:pk": announcement for page in ("announcement", "confirm_announcement")},
    }
    return {name: value for name, value in found.items() if value}


def _below(agent: Agent) -> QuerySet[Any, Any]:
    """The direct downline: those with agents below them, if there are such."""
    direct: QuerySet[Any, Any] = Agent.objects.filter(parent=agent, status="active")
    above_some: QuerySet[Any, Any] = direct.filter(rght__gt=F("lft") + 1)
    return above_some if above_some.exists() else direct


def _key(rows: QuerySet[Any, Any]) -> str:
    return _value(rows, "pk")


def _value(rows: QuerySet[Any, Any], field: str) -> str:
    """Of the newest row; "" when there is none."""
    found = rows.order_by("-pk").values_list(field, flat=True).first()
    return "" if found is None else str(found)
