"""Moving an agent with everybody below it."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kameng.admin.moving import rule_warnings
from kameng.errors import NotPossibleNow, ReasonMissing, TierNotAllowed
from kameng.models import Agent, ContractPrice, DownlineMarkup
from kameng.services.agents import set_tier
from kameng.services.previewing import if_joined, if_moved
from kameng.services.tree import create_agent, move_subtree
from tests import world
from tests.kameng.test_agent_tree import assert_tree_is_valid
from tests.threads import in_threads
from users.errors import PersonError
from users.models import AuditLog, Notice

pytestmark = pytest.mark.django_db


def assert_paths_are_right() -> None:
    parents = dict(Agent.objects.values_list("pk", "parent_id"))
    for agent in Agent.objects.all():
        path, above = [], agent.parent_id
        while above is not None:
            path.append(above)
            above = parents[above]
        assert agent.upline_ids == path
        assert agent.level == len(path)


@pytest.fixture
def staff():
    return world.make_user("staff", is_staff=True, is_superuser=True)


def test_a_subtree_moves_to_another_tree_with_its_paths(chain, staff) -> None:
    below = world.make_agent(upline=chain[2], rank=3)
    other = world.make_chain("0", "0")
    moved = move_subtree(agent=chain[1], upline=other[0], actor=staff, reason="Regions.")
    assert moved == 3
    below.refresh_from_db()
    assert below.upline_ids == [chain[2].pk, chain[1].pk, other[0].pk]
    assert_paths_are_right()
    assert_tree_is_valid()
    record = AuditLog.objects.get(action="move_agent")
    assert (record.reason, record.details["agents"]) == ("Regions.", 3)
    assert Notice.objects.filter(user=chain[1].user, kind="wholesale.moved").exists()


def test_a_master_moves_under_nobody_and_a_root_can_be_taken_in(chain, staff) -> None:
    world.make_tier(0)
    lower = world.make_agent(rank=2)
    move_subtree(agent=lower, upline=chain[1], actor=staff, reason="x")
    with pytest.raises(TierNotAllowed):
        move_subtree(agent=lower, upline=None, actor=staff, reason="x")
    assert_paths_are_right()
    assert_tree_is_valid()


def test_what_would_break_the_tree_is_refused_and_changes_nothing(chain, staff) -> None:
    other = world.make_agent(upline=chain[0], rank=2)
    for upline, error in (
        (chain[1], NotPossibleNow),  # itself
        (chain[2], NotPossibleNow),  # below itself
        (chain[0], NotPossibleNow),  # it is there
        (other, TierNotAllowed),  # a lower tier
    ):
        with pytest.raises(error):
            move_subtree(agent=chain[1], upline=upline, actor=staff, reason="x")
    with pytest.raises(ReasonMissing):
        move_subtree(agent=chain[2], upline=chain[0], actor=staff, reason=" ")
    assert_paths_are_right()
    assert not AuditLog.objects.filter(action="move_agent").exists()


def test_the_preview_tells_prices_and_leaves_no_trace(chain, card) -> None:
    DownlineMarkup.objects.create(upline=chain[1], rate="0.2")
    found = if_moved(agent=chain[2], upline=chain[0])
    assert (found.agents, found.cheaper, found.dearer) == (1, 1, 0)
    assert found.examples[0].before > found.examples[0].after
    chain[2].refresh_from_db()
    assert chain[2].parent_id == chain[1].pk


def test_the_preview_warns_of_prices_that_a_move_or_a_joining_would_break(chain, card) -> None:
    dear = world.make_agent(rank=0)
    ContractPrice.objects.create(
        agent=dear, sku=card, price=99, valid_from=timezone.now() - timedelta(days=1)
    )
    assert not if_moved(agent=chain[2], upline=chain[0]).problems
    problems = if_moved(agent=chain[1], upline=dear).problems
    assert [(one.rule, one.who_id, one.least) for one in problems] == [
        ("below_upline", chain[1].pk, Decimal(99))
    ]
    joining = if_joined(user=world.make_user(), upline=dear, tier=world.make_tier(1), name="新代理")
    assert [(one.rule, one.least) for one in joining] == [("below_upline", Decimal(99))]
    assert Agent.objects.count() == 4
    assert any("99" in line for line in rule_warnings(problems))


def test_staff_see_what_changes_before_they_move(browser, chain, staff, card) -> None:
    office = browser(None)
    office.force_login(staff, backend="users.backends.PhoneOrUsernameBackend")
    address = f"{reverse('admin:kameng_agent_changelist')}{chain[2].pk}/move/"
    name = chain[0].user.username
    seen = office.post(address, {"upline": name, "reason": "x"}).content.decode()
    assert "Agents concerned, itself included: 1" in seen
    assert Agent.objects.get(pk=chain[2].pk).parent_id == chain[1].pk
    other = office.post(address, {"upline": "nobody", "reason": "x", "seen": f"={name}"})
    assert "There is no agent with this user name." in other.content.decode()
    office.post(address, {"upline": name, "reason": "x", "seen": f"={name}"})
    assert Agent.objects.get(pk=chain[2].pk).parent_id == chain[0].pk
    history = office.get(reverse("admin:kameng_agent_change", args=[chain[2].pk]))
    assert "Moved under another upline" in history.content.decode()


@pytest.mark.django_db(transaction=True)
def test_moves_joins_and_new_tiers_at_once_keep_trees_paths_and_ranks_right() -> None:
    for rank in range(5):
        world.make_tier(rank)
    staff = world.make_user()
    roots = [world.make_agent() for _ in range(3)]
    middle = [world.make_agent(upline=roots[n % 3], rank=2) for n in range(6)]
    for agent in middle:
        world.make_agent(upline=agent, rank=4)
    dice = random.Random(7)

    def anything(n: int) -> None:
        agent = Agent.objects.get(pk=dice.choice(middle).pk)
        target = Agent.objects.get(pk=dice.choice(roots + middle).pk)
        try:
            if n % 3 == 0:
                create_agent(
                    user=world.make_user(), upline=agent, tier=world.make_tier(4), name=f"n{n}"
                )
            elif n % 3 == 1:
                move_subtree(agent=agent, upline=target, actor=staff, reason="x")
            else:
                tier = world.make_tier(dice.choice([1, 2, 3]))
                set_tier(agent=agent, tier=tier, actor=staff, reason="x")
        except PersonError:
            pass

    in_threads(anything, range(30), threads=6)
    assert_paths_are_right()
    assert_tree_is_valid()
    for agent in Agent.objects.exclude(parent=None).select_related("tier", "parent__tier"):
        assert agent.tier.rank > agent.parent.tier.rank
    assert AuditLog.objects.filter(action="move_agent").exists()
