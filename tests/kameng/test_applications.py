"""Becoming an agent, and what staff do with agents."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kameng.documents import MAX_BYTES, DocumentInvalid
from kameng.errors import (
    AlreadyAgent,
    ApplicationDecided,
    ApplicationPending,
    InviteCodeUnknown,
    InviterNotActive,
    NoTierBelow,
    NotPossibleNow,
    ReasonMissing,
    TierNotAllowed,
)
from kameng.identity import LegalPerson
from kameng.models import AgentStatus, Application, LegalKind
from kameng.queries.diligence import legal_person
from kameng.services.agents import reinstate_agent, set_tier, suspend_agent
from kameng.services.applications import (
    apply,
    approve_application,
    inviter_by_code,
    possible_tiers,
    reject_application,
)
from tests import world
from users.models import AuditLog

pytestmark = pytest.mark.django_db

LEGAL = LegalPerson(LegalKind.COMPANY, "深圳恒讯数码有限公司", "91440300MA5EXAMPEP", "13800138000")


def document(content: bytes = b"\x89PNG\r\n\x1a\n...", name: str = "licence.png"):
    return SimpleUploadedFile(name, content)


def applied(user=None, *, inviter=None, tier=None, upload=None) -> Application:
    return apply(
        user=user or world.make_user(),
        inviter=inviter,
        tier=tier,
        legal=LEGAL,
        document=upload or document(),
    )


@pytest.fixture
def staff():
    return world.make_user(is_staff=True)


@pytest.fixture
def chain():
    for rank in range(4):
        world.make_tier(rank)
    return world.make_chain("0", "0")


def test_with_an_invite_code_one_applies_below_the_inviter(chain) -> None:
    application = applied(inviter=inviter_by_code(f" {chain[1].invite_code.lower()} "))
    assert application.inviter == chain[1]
    assert application.tier.rank == chain[1].tier.rank + 1


def test_without_an_inviter_one_applies_as_a_master(chain) -> None:
    assert applied().tier.rank == 0
    with pytest.raises(TierNotAllowed):
        applied(tier=world.make_tier(1))


@pytest.mark.parametrize("rank", [0, 1])
def test_a_tier_at_or_above_the_inviters_is_refused(chain, rank) -> None:
    with pytest.raises(TierNotAllowed):
        applied(inviter=chain[1], tier=world.make_tier(rank))


def test_the_lowest_tier_has_nothing_to_offer(chain) -> None:
    lowest = world.make_agent(upline=chain[1], rank=3)
    assert possible_tiers(lowest) == []
    with pytest.raises(NoTierBelow):
        applied(inviter=lowest)


def test_an_unknown_code_or_a_suspended_inviter_is_told(chain, staff) -> None:
    with pytest.raises(InviteCodeUnknown):
        inviter_by_code("NOSUCH22")
    suspend_agent(agent=chain[1], actor=staff, reason="x")
    with pytest.raises(InviterNotActive):
        inviter_by_code(chain[1].invite_code)


def test_one_person_has_one_pending_application_and_agents_have_none(chain) -> None:
    user = world.make_user()
    applied(user)
    with pytest.raises(ApplicationPending):
        applied(user)
    with pytest.raises(AlreadyAgent):
        applied(chain[0].user)
    assert Application.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("evil.pdf", b"<script>alert(1)</script>"),
        ("page.html", b"<!doctype html>"),
        ("run.png", b"MZ\x90\x00"),
        ("empty.png", b""),
        ("huge.png", b"\x89PNG\r\n\x1a\n" + b"0" * MAX_BYTES),
    ],
)
def test_a_document_is_judged_by_its_content(chain, name, content) -> None:
    with pytest.raises(DocumentInvalid):
        applied(upload=document(content, name))
    assert not Application.objects.exists()


def test_a_documents_name_on_disk_tells_nothing_and_can_not_escape(chain) -> None:
    name = str(applied(upload=document(name="../../张三身份证.png")).document.name)
    assert "张三" not in name
    assert name.startswith("applications/")
    assert name.endswith(".png")


def test_approval_makes_an_agent_with_a_wallet_and_is_audited(chain, staff) -> None:
    application = applied(inviter=chain[1])
    agent = approve_application(application=application, actor=staff)
    assert (agent.parent_id, agent.upline_ids) == (chain[1].pk, [chain[1].pk, chain[0].pk])
    assert agent.tier == application.tier
    assert len(agent.invite_code) == 8
    application.refresh_from_db()
    assert (application.status, application.decided_by) == ("approved", staff)
    person = legal_person(agent)
    assert person is not None
    assert person.is_valid
    assert (person.kind, person.name, person.id_number) == (
        LEGAL.kind,
        LEGAL.name,
        LEGAL.id_number,
    )
    assert agent.diligence.get().application == application
    record = AuditLog.objects.get(action="approve_application")
    assert (record.actor, record.target) == (staff, f"application:{application.pk}")


def test_rejection_needs_a_reason_and_leaves_room_for_a_corrected_one(chain, staff) -> None:
    user = world.make_user()
    application = applied(user)
    with pytest.raises(ReasonMissing):
        reject_application(application=application, actor=staff, reason="  ")
    reject_application(application=application, actor=staff, reason="The licence is unreadable.")
    assert applied(user).status == "pending"
    with pytest.raises(ApplicationDecided):
        approve_application(application=application, actor=staff)


def test_an_application_waits_while_its_inviter_is_suspended(chain, staff) -> None:
    application = applied(inviter=chain[1])
    suspend_agent(agent=chain[1], actor=staff, reason="x")
    with pytest.raises(InviterNotActive):
        approve_application(application=application, actor=staff)
    reinstate_agent(agent=chain[1], actor=staff, reason="y")
    assert approve_application(application=application, actor=staff).parent == chain[1]


def test_suspension_and_reinstatement_have_reasons_and_happen_once(chain, staff) -> None:
    with pytest.raises(ReasonMissing):
        suspend_agent(agent=chain[1], actor=staff, reason="")
    suspend_agent(agent=chain[1], actor=staff, reason="Documents expired.")
    with pytest.raises(NotPossibleNow):
        suspend_agent(agent=chain[1], actor=staff, reason="again")
    chain[1].refresh_from_db()
    assert (chain[1].status, chain[1].suspended_reason) == (
        AgentStatus.SUSPENDED,
        "Documents expired.",
    )
    reinstate_agent(agent=chain[1], actor=staff, reason="Renewed.")
    actions = AuditLog.objects.filter(target=f"agent:{chain[1].pk}").order_by("id")
    assert [a.action for a in actions] == ["suspend_agent", "reinstate_agent"]


def test_a_new_tier_stays_between_the_upline_and_the_downline(chain, staff) -> None:
    below = world.make_agent(upline=chain[1], rank=3)
    for wrong in (0, 3):
        with pytest.raises(TierNotAllowed):
            set_tier(agent=chain[1], tier=world.make_tier(wrong), actor=staff, reason="x")
    set_tier(agent=chain[1], tier=world.make_tier(2), actor=staff, reason="sold less")
    chain[1].refresh_from_db()
    assert chain[1].tier.rank == 2
    set_tier(agent=below, tier=world.make_tier(3), actor=staff, reason="kept")
