"""Writing the agent tree: the only place that does.

MPTT renumbers rows of a tree when it inserts, which two writers at once would corrupt. So every
write holds an advisory lock of that tree, taken before anything is read; making a new root holds
one for all roots. The locks go with the transaction.
"""

from __future__ import annotations

import secrets

from django.db import connection, transaction
from django.utils import timezone

from kameng.errors import AlreadyAgent
from kameng.models import Agent, Tier
from ledger import accounts
from users.models import User

# The first half of the two-part keys of our advisory locks, so that they can't meet anyone else's.
_TREE_LOCK = 0x6B6D  # "km"
_NEW_ROOTS = 0
_CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that reads like something else
_CODE_LENGTH = 8


@transaction.atomic
def create_agent(*, user: User, upline: Agent | None, tier: Tier, name: str) -> Agent:
    """Make a person an agent under an upline, or at the root; return it with its accounts.

    It counts as verified: staff have seen its papers, or know it already.
    Locks the upline's tree (a new root: all roots) until the transaction ends, so 50 approvals at
    once queue up. Raises AlreadyAgent.
    """
    if Agent.objects.filter(user=user).exists():
        raise AlreadyAgent
    wallet_id = accounts.wallet("wholesale", user)
    payable_id = accounts.commission_payable(user)
    if upline is not None:
        upline = _locked(upline)
    else:
        _lock(_NEW_ROOTS)
    agent = Agent(
        user=user,
        parent=upline,
        tier=tier,
        name=name,
        invite_code=new_invite_code(),
        upline_ids=[upline.pk, *upline.upline_ids] if upline else [],
        wallet_id=wallet_id,
        commission_payable_id=payable_id,
        verified_at=timezone.now(),
    )
    agent.save()
    return agent


def _locked(upline: Agent) -> Agent:
    """The upline as it is once its tree's lock is ours: MPTT numbers from those fields."""
    _lock(upline.tree_id)
    fresh: Agent = Agent.objects.get(pk=upline.pk)
    assert fresh.tree_id == upline.tree_id, "no service moves an agent to another tree"
    return fresh


def _lock(key: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_TREE_LOCK, key])


def new_invite_code() -> str:
    """Eight unambiguous characters: 40 bits, so that nobody guesses an inviter."""
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))
