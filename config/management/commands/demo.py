"""`manage.py demo [--json]`: an idempotent demo world, for development and trying out."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from catalog.demo import load_catalogue
from catalog.models import SKU
from catalog.queries import stock_of
from kalegou.demo import load_members
from kalegou.demo_aftersale import load_aftersale
from kalegou.demo_plans import load_topup_plans
from kalegou.demo_shop import load_shop
from kalegou.models import Member
from kameng.demo import demo_keys, load_agents, sandbox_keys
from kameng.demo_buying import load_buying
from kameng.demo_downline import load_downline
from kameng.demo_funds import load_funds
from kameng.demo_prices import load_price_rules
from kameng.models import Agent
from ledger.services import balances
from suppliers.demo import load_suppliers
from users.models import User

PASSWORD = "demo-pass-2026"


class Command(BaseCommand):
    help = "Load the demo world (safe to repeat); --json prints its logins, keys and SKUs."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEVELOPMENT:
            raise CommandError("The demo world has public passwords: it is for development only.")
        load_world()
        if options["json"]:
            self.stdout.write(json.dumps(describe_world(), ensure_ascii=False, indent=2))
        else:
            self.stdout.write("The demo world is loaded. All passwords: " + PASSWORD)


@transaction.atomic
def load_world() -> None:
    """Everything, or nothing; each part leaves alone what is already there."""
    load_catalogue()
    load_suppliers()
    # Hashed once: it takes a third of a second on purpose, and a demo has nothing to hide.
    password_hash = make_password(PASSWORD)
    load_agents(password_hash=password_hash)
    load_buying()
    load_downline(password_hash=password_hash)
    for member in load_members(password_hash=password_hash):
        load_topup_plans(member)
    load_shop(password_hash=password_hash)
    staff = _load_staff(password_hash)
    load_funds(actor=staff)
    load_aftersale(password_hash=password_hash, staff=staff)
    load_price_rules(staff=staff)
    _load_staff(password_hash, "caiwu")  # a second person, for what two have to agree with


def _load_staff(password_hash: str, username: str = "admin") -> User:
    return User.objects.get_or_create(
        username=username,
        defaults={"is_staff": True, "is_superuser": True, "password": password_hash},
    )[0]


def describe_world() -> dict[str, Any]:
    """The demo world as others script against it (shape fixed by the contract)."""
    return {
        "base_url": settings.BASE_URL,
        "staff": {"username": "admin", "password": PASSWORD},
        "agents": _agents(),
        "members": _members(),
        "skus": _skus(),
    }


def _agents() -> list[dict[str, Any]]:
    keys, play = demo_keys(), sandbox_keys()
    agents = list(
        Agent.objects.filter(user__username__in=keys)
        .select_related("user", "tier", "parent__user")
        .order_by("tree_id", "lft")
    )
    money = balances(agent.wallet_id for agent in agents)
    return [
        {
            "username": agent.user.username,
            "password": PASSWORD,
            "tier": agent.tier.code,
            "upline": agent.parent.user.username if agent.parent else None,
            "balance": _text(money[agent.wallet_id]),
            "api_key": keys[agent.user.username].key_id,
            "api_secret": keys[agent.user.username].secret,
            "sandbox_key": play[agent.user.username].key_id,
            "sandbox_secret": play[agent.user.username].secret,
        }
        for agent in agents
    ]


def _members() -> list[dict[str, Any]]:
    members = list(Member.objects.filter(user__username="xiaoming").select_related("user", "level"))
    money = balances(member.wallet_id for member in members)
    return [
        {
            "username": member.user.username,
            "phone": member.user.phone,
            "password": PASSWORD,
            "level": member.level.code,
            "balance": _text(money[member.wallet_id]),
        }
        for member in members
    ]


def _skus() -> list[dict[str, Any]]:
    skus = list(SKU.objects.select_related("product").order_by("code"))
    stock = stock_of([sku.pk for sku in skus if sku.kind == "card"])
    return [
        {
            "code": sku.code,
            "name": f"{sku.product.name} {sku.name}",
            "kind": sku.kind,
            "face_value": _text(sku.face_value),
            "list_price": _text(sku.list_price),
            "stock": stock.get(sku.pk, 0) if sku.kind == "card" else None,
        }
        for sku in skus
    ]


def _text(amount: Decimal) -> str:
    return f"{amount:.2f}"
