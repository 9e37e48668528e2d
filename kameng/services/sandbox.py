"""An agent's sandbox: a wallet of play money, and orders that only sandbox suppliers deliver.

Play money has a unit of its own. The database refuses an entry that moves it together with real
money, and a posting into an account of another unit (docs/decisions, play money).
"""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.db import transaction

from kameng.errors import NoSandbox
from kameng.models import Agent, Sandbox
from ledger import accounts
from ledger import services as ledger
from ledger.models import EntryKind, Unit
from ledger.services import Line
from orders.models import Channel
from suppliers.practice import has_sandbox

FULL = Decimal(100_000)


@transaction.atomic
def open_sandbox(*, agent: Agent) -> Sandbox:
    """The agent's sandbox, made and filled if there is none yet. Safe to repeat and at once.

    Raises NoSandbox where no sandbox supplier is set up.
    """
    sandbox = Sandbox.objects.filter(agent=agent).first()
    if sandbox is not None:
        return sandbox
    if not has_sandbox():
        raise NoSandbox
    wallet_id = accounts.wallet(Channel.SANDBOX, agent.user, Unit.PLAY)
    sandbox, is_new = Sandbox.objects.get_or_create(agent=agent, defaults={"wallet_id": wallet_id})
    if is_new:
        _issue(sandbox, FULL)
    return sandbox


@transaction.atomic
def refill_play_money(*, sandbox: Sandbox) -> Decimal:
    """Fill the play wallet up to 100,000; return what was added. Locks the wallet."""
    ledger.lock([sandbox.wallet_id])
    missing = FULL - ledger.balance(sandbox.wallet_id)
    if missing <= 0:
        return Decimal(0)
    _issue(sandbox, missing)
    return missing


def _issue(sandbox: Sandbox, amount: Decimal) -> None:
    ledger.post(
        reference=f"play:{sandbox.pk}:{uuid.uuid4().hex}",
        kind=EntryKind.PLAY_MONEY,
        lines=[
            Line(accounts.play_issued(), -amount, Unit.PLAY),
            Line(sandbox.wallet_id, amount, Unit.PLAY),
        ],
    )
