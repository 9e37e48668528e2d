"""Writing the agent tree: the only place that does.

MPTT renumbers rows of a tree when it inserts, which two writers at once would corrupt. So every
write holds an advisory lock of that tree, taken before anything is read; making a new root holds
one for all roots. Moving agents from tree to tree is rare: it keeps every other writer out, who
hold the lock of moves shared. Always in this order: moves, roots, tree. The locks go with the
transaction.
"""

from __future__ import annotations

import secrets

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kameng.errors import AlreadyAgent, NotPossibleNow, ReasonMissing, TierNotAllowed
from kameng.models import Agent, Tier
from ledger import accounts
from users import audit
from users.models import User
from users.notices import tell

# The first half of the two-part keys of our advisory locks, so that they can't meet anyone else's.
_TREE_LOCK = 0x6B6D  # "km"
_MOVES = -1
_NEW_ROOTS = 0
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that reads like something else
_CODE_LENGTH = 8


@transaction.atomic
def create_agent(*, user: User, upline: Agent | None, tier: Tier, name: str) -> Agent:
    """Make a person an agent under an upline, or at the root; return it with its accounts.

    It counts as verified: staff have seen its papers, or know it already.
    Locks the upline's tree (a new root: all roots) until the transaction ends, so 50 approvals at
    once queue up. Raises AlreadyAgent, or TierNotAllowed when the tier isn't below the upline's.
    """
    if Agent.objects.filter(user=user).exists():
        raise AlreadyAgent
    wallet_id = accounts.wallet("wholesale", user)
    payable_id = accounts.commission_payable(user)
    if upline is not None:
        upline = lock_tree_of(upline)
        if tier.rank <= upline.tier.rank:
            raise TierNotAllowed(field="tier")
    else:
        _lock(_MOVES, is_shared=True)
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


@transaction.atomic
def move_subtree(*, agent: Agent, upline: Agent | None, actor: User, reason: str) -> int:
    """Put an agent with everybody below it under another upline, or at the top; return how many
    agents moved, itself included.

    Orders that were placed keep the uplines that they had. Keeps every other writer of any tree
    out until the transaction ends. Raises ReasonMissing, NotPossibleNow (it is there already, or
    would be below itself, or the upline is suspended) or TierNotAllowed.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    _lock(_MOVES)
    moved: Agent = Agent.objects.select_for_update(of=("self",)).get(pk=agent.pk)
    target = Agent.objects.select_related("tier").get(pk=upline.pk) if upline else None
    must_be_movable(moved, target)
    before = moved.parent_id
    count: int = moved.get_descendant_count() + 1
    Agent.objects.move_node(moved, target)
    _rewrite_paths(moved.pk)
    tell(moved.user, "wholesale.moved", upline=target.name if target else "—")
    audit.record(
        actor=actor,
        action="move_agent",
        target=f"agent:{moved.pk}",
        reason=reason.strip(),
        before=before,
        after=target.pk if target else None,
        agents=count,
    )
    return count


def must_be_movable(agent: Agent, target: Agent | None) -> None:
    """Raises what `move_subtree` does; for asking beforehand."""
    if (target.pk if target else None) == agent.parent_id:
        raise NotPossibleNow(_("It is there already."), field="upline")
    if target is None:
        if Tier.objects.filter(rank__lt=agent.tier.rank).exists():
            raise TierNotAllowed(
                _("Only agents of the highest tier stand at the top. Change its tier first."),
                field="upline",
            )
        return
    if target.pk == agent.pk or agent.pk in target.upline_ids:
        raise NotPossibleNow(
            _("%(upline)s is below this agent, so it can't be its upline.") % {"upline": target},
            field="upline",
        )
    if not target.is_active:
        raise NotPossibleNow(
            _("%(upline)s is suspended and can't take in agents.") % {"upline": target},
            field="upline",
        )
    if target.tier.rank >= agent.tier.rank:
        raise TierNotAllowed(
            _("%(upline)s is %(tier)s: an upline's tier must be above this agent's, %(own)s.")
            % {"upline": target, "tier": target.tier, "own": agent.tier},
            field="upline",
        )


def _rewrite_paths(moved_id: int) -> None:
    """The stored path of an agent and of everybody below it, anew from its upline's; one statement,
    whatever the number. Who is below is known from the old paths, which still name it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH moved AS (
                SELECT agent.id, agent.tree_id, agent.lft, agent.rght,
                       CASE WHEN upline.id IS NULL THEN '{}'::bigint[]
                            ELSE upline.id || upline.upline_ids END AS path
                FROM kameng_agent agent LEFT JOIN kameng_agent upline ON upline.id = agent.parent_id
                WHERE agent.id = %s)
            UPDATE kameng_agent agent
            SET upline_ids = CASE WHEN agent.id = moved.id THEN moved.path
                ELSE agent.upline_ids[1:array_position(agent.upline_ids, moved.id)] || moved.path
                END
            FROM moved
            WHERE agent.tree_id = moved.tree_id
              AND agent.lft >= moved.lft AND agent.rght <= moved.rght""",
            [moved_id],
        )


def lock_tree_of(agent: Agent) -> Agent:
    """The agent as it is once its tree's lock is ours: MPTT numbers from those fields.

    While the lock of moves is held shared, nobody changes to another tree.
    """
    _lock(_MOVES, is_shared=True)
    _lock(Agent.objects.values_list("tree_id", flat=True).get(pk=agent.pk))
    fresh: Agent = Agent.objects.select_related("tier").get(pk=agent.pk)
    return fresh


def _lock(key: int, *, is_shared: bool = False) -> None:
    function = "pg_advisory_xact_lock_shared" if is_shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [_TREE_LOCK, key])


def new_invite_code() -> str:
    """Eight unambiguous characters: 40 bits, so that nobody guesses an inviter."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(_CODE_LENGTH))
