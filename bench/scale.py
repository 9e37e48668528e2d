"""`python -m bench.scale`: fill an empty database with a wholesale shop of the size of a country.

One tree of 100,000 agents, a million orders, ten million postings, with sales added up: what the
portal is measured at (`make bench ARGS=--portal`). It fills the database of DATABASE_URL, and only
one in which nobody works yet: it refuses when there is a person or an order.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import Model

_SCRIPT = Path(__file__).parent / "scale.sql"
ROOT = "scale0"  # usernames are scale<n>, the root's n is 0
TIERS = ("总代", "一级代理", "二级代理", "三级代理", "四级代理")
_GOODS = (("移动话费", (10, 30, 50, 100, 200)), ("联通话费", (10, 30, 50, 100)),
          ("电信话费", (10, 30, 50, 100)), ("视频会员", (15, 25, 68, 198)),
          ("音乐会员", (12, 30, 88)), ("游戏点券", (6, 30, 68, 128)))  # fmt: skip
ROWS = 2_000  # of each list on the desks of those who are measured (bench/desk.py)
# Written without their indexes, which are made anew afterwards: many times faster.
_LARGE = ("orders_order", "orders_orderevent", "orders_fulfilment", "kameng_commission",
          "ledger_entry", "ledger_posting")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    agents: int = 100_000
    orders: int = 1_000_000
    days: int = 365
    statement: int = 1_000_000  # movements in the wallet of the agent at the top


class NotEmptyError(Exception):
    """The database has people or orders in it: it may be somebody's."""


def seed(size: Size) -> None:
    """Fill the database that Django is connected to. Raises NotEmptyError."""
    from django.db import connection, transaction

    from kameng.services.sales import rebuild_sales
    from ledger.services import checkpoint
    from orders.models import Order
    from users.models import User

    if User.objects.exists() or Order.objects.exists():
        raise NotEmptyError
    if size.agents < 20 or size.orders < 1 or size.statement < 1:
        raise ValueError("a tree of five levels needs 20 agents, and somebody must buy")
    started = time.monotonic()

    def say(what: str) -> None:
        print(f"… {time.monotonic() - started:6.0f} s  {what}", flush=True)

    say(f"{size.agents:,} agents and {size.orders:,} orders")
    with transaction.atomic(), _without_indexes(say), connection.cursor() as cursor:
        about = _front_door(size)
        for part in _SCRIPT.read_text().split(";\n\n"):
            cursor.execute(part, about)
            say((part.strip().splitlines() or [""])[0][:72])
    say("adding up the books and the sales")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # or sums of ten million rows are planned as of ten
    checkpoint(lock_timeout_ms=10_000)
    rebuild_sales()
    say("analysing")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)" if not connection.in_atomic_block else "ANALYZE")
    say("done")


@contextmanager
def _without_indexes(say: Any) -> Iterator[None]:
    """Large tables keep their primary keys only meanwhile."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
            " FROM pg_constraint WHERE contype IN ('u', 'x')"
            " AND conrelid = ANY (%s::regclass[])",
            [list(_LARGE)],
        )
        constraints = cursor.fetchall()
        for table, name, _ in constraints:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes"
            " WHERE tablename = ANY (%s) AND indexname NOT LIKE '%%_pkey'",
            [list(_LARGE)],
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        say("making indexes")
        for _, definition in indexes:
            cursor.execute(definition)
        for table, name, definition in constraints:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


def _front_door(size: Size) -> dict[str, Any]:
    """Make what everything hangs on as the shop makes it; return what the script needs."""
    from django.utils import timezone

    from kameng.models import Agent, CommissionPolicy, GenerationRate, Tier
    from kameng.services.tree import create_agent
    from ledger import accounts
    from ledger.models import Account, AccountKind
    from users.models import User

    start = timezone.now() - timedelta(days=size.days)
    tiers = [
        Tier.objects.create(rank=rank, code=f"t{rank}", name=name)
        for rank, name in enumerate(TIERS)
    ]
    _goods(tiers)
    policy = CommissionPolicy.objects.create(
        effective_from=start - timedelta(days=1), max_generations=2
    )
    for generation, rate in ((1, "0.01"), (2, "0.005")):
        GenerationRate.objects.create(policy=policy, generation=generation, rate=Decimal(rate))
    user = User.objects.create(username=ROOT, phone="13900000000")
    root = create_agent(user=user, upline=None, tier=tiers[0], name="全国总代")
    return {
        "agents": size.agents,
        "orders": size.orders,
        "days": size.days,
        "statement": size.statement,
        "start": start,
        "root": root.pk,
        "root_user": user.pk,
        "root_wallet": root.wallet_id,
        "root_payable": root.commission_payable_id,
        "tree": root.tree_id,
        "user": _row(User, password="!"),
        "agent": _row(Agent),
        "wallet": _row(
            Account, kind=AccountKind.WALLET, scope="wholesale", is_guarded=True, balance="0"
        ),
        "payable": _row(Account, kind=AccountKind.COMMISSION_PAYABLE),
        "policy": json.dumps(
            {
                "id": policy.pk,
                "level_difference_share": "1.0000",
                "max_generations": 2,
                "after_sale_hours": policy.after_sale_hours,
                "generation_rates": ["0.0100", "0.0050"],
            }
        ),
        "bank": accounts.bank(),
        "escrow": accounts.escrow(),
        "revenue": accounts.revenue("wholesale"),
        "cost": accounts.cost("wholesale"),
        "supplier": accounts.supplier("scale"),
        "expense": accounts.commission_expense(),
    }


def _goods(tiers: list[Any]) -> None:
    from catalog.models import SKU, AccountField, Category, Product
    from kameng.models import TierDiscount
    from suppliers.models import Offer, Supplier

    supplier = Supplier.objects.create(
        code="scale", name="直充渠道", adapter="fulu", base_url="http://127.0.0.1:1"
    )
    for place, (name, values) in enumerate(_GOODS):
        category = Category.objects.create(code=f"scale-{place}", name=name)
        product = Product.objects.create(
            category=category, code=f"scale-{place}", kind="topup", name=name
        )
        AccountField.objects.create(
            product=product, name="phone", label="手机号码", kind="mobile", max_length=11
        )
        for value in values:
            sku = SKU.objects.create(
                product=product,
                code=f"scale-{place}-{value}",
                kind="topup",
                name=f"{value}元",
                face_value=Decimal(value),
                list_price=Decimal(value),
                max_quantity=1,
            )
            Offer.objects.create(sku=sku, supplier=supplier, cost=Decimal(value) * Decimal("0.8"))
        for tier in tiers:
            rate = Decimal("0.88") + Decimal("0.02") * tier.rank
            TierDiscount.objects.create(tier=tier, category=category, rate=rate)


def _row(model: type[Model], **given: Any) -> str:
    """A row with the defaults that Django would write, as JSON: the script sets what differs."""
    from django.core.serializers.json import DjangoJSONEncoder

    fields = {field.column: field.get_default() for field in model._meta.concrete_fields}
    return json.dumps(fields | given, cls=DjangoJSONEncoder)


def main() -> int:
    usual = Size()
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--agents", type=int, default=usual.agents)
    parser.add_argument("--orders", type=int, default=usual.orders)
    parser.add_argument("--days", type=int, default=usual.days)
    parser.add_argument("--statement", type=int, default=usual.statement)
    parser.add_argument("--rows", type=int, default=ROWS)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from bench.desk import lay_out

    call_command("migrate", verbosity=0, skip_checks=True)
    try:
        seed(Size(options.agents, options.orders, options.days, options.statement))
        lay_out(rows=options.rows)
    except NotEmptyError:
        print("This database has people or orders in it. Nothing was written.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
