"""Becoming an agent, and what staff do with agents."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from kameng.documents import DocumentMissing
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
from kameng.models import AgentStatus, Application, Document, DocumentKind, LegalKind
from kameng.queries.diligence import legal_person
from kameng.services.agents import reinstate_agent, set_tier, suspend_agent
from kameng.services.applications import (
    apply,
    approve_application,
    last_refused,
    reject_application,
    withdraw_application,
)
from kameng.services.invites import Invitation, find_invitation, possible_tiers
from kameng.services.papers import at_hand, forget_old_drafts, keep_document
from tests import world
from users.models import AuditLog, Notice
from users.uploads import MAX_BYTES, UploadInvalid

pytestmark = pytest.mark.django_db

LEGAL = LegalPerson(LegalKind.COMPANY, "深圳恒讯数码有限公司", "91440300MA5EXAMPEP", "13800138000")


def applied(user=None, *, inviter=None, tier=None) -> Application:
    return world.make_application(user, inviter=inviter, tier=tier, legal=LEGAL)


def upload(user, content: bytes = world.PNG, name: str = "id.png") -> Document:
    return keep_document(
        owner=user, kind=DocumentKind.ID_FRONT, upload=SimpleUploadedFile(name, content)
    )


def is_stored(document: Document) -> bool:
    return document.file.storage.exists(str(document.file.name))


@pytest.fixture(autouse=True)
def _files_go_away(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def staff():
    return world.make_user(is_staff=True)


@pytest.fixture
def chain():
    for rank in range(4):
        world.make_tier(rank)
    return world.make_chain("0", "0")


def test_with_an_invite_code_one_applies_below_the_inviter(chain) -> None:
    application = applied(inviter=find_invitation(f" {chain[1].invite_code.lower()} ").inviter)
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
        find_invitation("NOSUCH22")
    suspend_agent(agent=chain[1], actor=staff, reason="x")
    with pytest.raises(InviterNotActive):
        find_invitation(chain[1].invite_code)


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
def test_a_document_is_judged_by_its_content(name, content) -> None:
    with pytest.raises(UploadInvalid) as refused:
        upload(world.make_user(), content, name)
    assert refused.value.field == "id_front"
    assert not Document.objects.exists()


def test_a_documents_name_on_disk_tells_nothing_and_can_not_escape() -> None:
    name = str(upload(world.make_user(), name="../../张三身份证.png").file.name)
    assert "张三" not in name
    assert name.startswith("applications/")
    assert name.endswith(".png")


def test_a_person_has_one_draft_of_a_kind_and_the_replaced_file_is_gone(
    django_capture_on_commit_callbacks,
) -> None:
    user = world.make_user()
    first = upload(user)
    with django_capture_on_commit_callbacks(execute=True):
        second = upload(user, world.PNG + b"better")
    assert list(Document.objects.filter(owner=user)) == [second]
    assert not is_stored(first)
    assert is_stored(second)


def test_drafts_that_nobody_sent_are_deleted_and_sent_papers_are_kept(
    django_capture_on_commit_callbacks,
) -> None:
    world.make_tier(0)
    application = applied()
    draft = upload(world.make_user())
    long_ago = timezone.now() - timedelta(days=8)
    Document.objects.update(uploaded_at=long_ago)
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_old_drafts() == 1
    assert not is_stored(draft)
    assert application.documents.count() == 2


def test_a_company_without_its_licence_is_told_which_paper_is_missing() -> None:
    world.make_tier(0)
    user = world.make_user()
    papers = world.upload_papers(user, LegalKind.COMPANY)
    del papers[DocumentKind.LICENCE]
    with pytest.raises(DocumentMissing) as missing:
        apply(user=user, invitation=None, tier=None, legal=LEGAL, documents=papers)
    assert missing.value.field == "licence"
    assert not Application.objects.exists()


def test_a_corrected_application_keeps_the_papers_that_were_fine(chain, staff) -> None:
    user = world.make_user()
    first = applied(user, inviter=chain[1])
    reject_application(
        application=first,
        actor=staff,
        reason="The licence is cut off.",
        replace=[DocumentKind.LICENCE],
    )
    kept = at_hand(user, last_refused(user))
    assert set(kept) == {DocumentKind.REPRESENTATIVE}
    again = Invitation(chain[1])
    with pytest.raises(DocumentMissing):
        apply(user=user, invitation=again, tier=None, legal=LEGAL, documents=kept)
    kept[DocumentKind.LICENCE] = keep_document(
        owner=user, kind=DocumentKind.LICENCE, upload=SimpleUploadedFile("l.png", world.PNG)
    )
    second = apply(user=user, invitation=again, tier=None, legal=LEGAL, documents=kept)
    assert second.corrects == first
    names = {d.kind: d.file.name for d in first.documents.all()}
    again_names = {d.kind: d.file.name for d in second.documents.all()}
    assert again_names["representative"] == names["representative"]
    assert again_names["licence"] != names["licence"]


def test_a_withdrawn_application_is_over_and_another_one_can_be_sent(chain, staff) -> None:
    user = world.make_user()
    first = applied(user)
    withdraw_application(application=first)
    with pytest.raises(ApplicationDecided):
        approve_application(application=first, actor=staff)
    with pytest.raises(ApplicationDecided):
        withdraw_application(application=first)
    assert applied(user).status == "pending"


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


def test_a_person_hears_of_each_decision(chain, staff) -> None:
    application = applied(inviter=chain[1])
    reject_application(application=application, actor=staff, reason="Unreadable.")
    agent = approve_application(
        application=applied(application.user, inviter=chain[1]), actor=staff
    )
    suspend_agent(agent=agent, actor=staff, reason="x")
    told = Notice.objects.filter(user=agent.user).order_by("pk").values_list("kind", flat=True)
    assert list(told) == [
        "wholesale.application_rejected",
        "wholesale.application_approved",
        "wholesale.suspended",
    ]


def test_a_new_tier_stays_between_the_upline_and_the_downline(chain, staff) -> None:
    below = world.make_agent(upline=chain[1], rank=3)
    for wrong in (0, 3):
        with pytest.raises(TierNotAllowed):
            set_tier(agent=chain[1], tier=world.make_tier(wrong), actor=staff, reason="x")
    set_tier(agent=chain[1], tier=world.make_tier(2), actor=staff, reason="sold less")
    chain[1].refresh_from_db()
    assert chain[1].tier.rank == 2
    set_tier(agent=below, tier=world.make_tier(3), actor=staff, reason="kept")
