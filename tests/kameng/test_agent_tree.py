"""The agent tree under many writers at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from kameng.checks import run
from kameng.errors import AlreadyAgent, ApplicationDecided
from kameng.models import Agent
from kameng.services.applications import approve_application
from kameng.services.tree import create_agent
from tests import world

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(work: list[Callable[[], object]]) -> list[object]:
    """Run each on a thread and a connection of its own, all starting together."""
    barrier = threading.Barrier(len(work))

    def one(task: Callable[[], object]) -> object:
        try:
            barrier.wait(30)
            return task()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(one, work))


def assert_tree_is_valid() -> None:
    problems = [problem for result in run() for problem in result.problems]
    assert not problems
    for tree_id in set(Agent.objects.values_list("tree_id", flat=True)):
        numbers = [
            n
            for pair in Agent.objects.filter(tree_id=tree_id).values_list("lft", "rght")
            for n in pair
        ]
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
        assert Agent.objects.filter(tree_id=tree_id, parent=None).count() == 1


def test_fifty_approvals_at_once_keep_the_tree_and_every_path_right() -> None:
    chain = world.make_chain("0", "0")
    for rank in range(2, 4):
        world.make_tier(rank)
    staff = world.make_user(is_staff=True)
    inviters = [chain[0], chain[1]]
    applications = [world.make_application(inviter=inviters[i % 2]) for i in range(50)]
    results = at_once(
        [
            lambda a=a: approve_application(application=a, actor=staff)  # type: ignore[misc]
            for a in applications
        ]
    )
    assert [r for r in results if isinstance(r, Exception)] == []
    assert Agent.objects.count() == 52
    assert_tree_is_valid()
    for agent in Agent.objects.filter(parent=chain[1]):
        assert agent.upline_ids == [chain[1].pk, chain[0].pk]
    chain[0].refresh_from_db()
    assert set(chain[0].get_descendants().values_list("pk", flat=True)) == set(
        Agent.objects.exclude(pk=chain[0].pk).values_list("pk", flat=True)
    )


def test_new_roots_at_once_get_a_tree_each() -> None:
    tier = world.make_tier(0)
    users = [world.make_user() for _ in range(12)]
    at_once(
        [
            lambda u=u: create_agent(user=u, upline=None, tier=tier, name=u.username)  # type: ignore[misc]
            for u in users
        ]
    )
    assert len(set(Agent.objects.values_list("tree_id", flat=True))) == 12
    assert_tree_is_valid()


def test_one_application_approved_by_two_people_at_once_makes_one_agent() -> None:
    world.make_tier(0)
    staff = world.make_user(is_staff=True)
    application = world.make_application()
    results = at_once(
        [lambda: approve_application(application=application, actor=staff) for _ in range(4)]
    )
    assert sum(isinstance(r, Agent) for r in results) == 1
    refused = [r for r in results if not isinstance(r, Agent)]
    assert all(isinstance(r, (ApplicationDecided, AlreadyAgent)) for r in refused)
    assert Agent.objects.count() == 1
