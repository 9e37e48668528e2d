"""Becoming an agent: apply → approve or reject, or withdraw. Every decision is audited."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from kameng.errors import (
    AlreadyAgent,
    ApplicationDecided,
    ApplicationPending,
    InviterNotActive,
    NoTierBelow,
    ReasonMissing,
    TierNotAllowed,
)
from kameng.identity import LegalPerson, read_identity, write_identity
from kameng.models import (
    Agent,
    Application,
    ApplicationStatus,
    Document,
    DocumentKind,
    InviteLink,
    Tier,
)
from kameng.services import diligence, papers
from kameng.services.invites import Invitation, must_be_open, possible_tiers
from kameng.services.tree import create_agent
from users import audit
from users.models import User
from users.notices import tell


@transaction.atomic
def apply(
    *,
    user: User,
    invitation: Invitation | None,
    tier: Tier | None,
    legal: LegalPerson,
    documents: Mapping[DocumentKind, Document],
) -> Application:
    """Ask to become an agent: by an invitation, or as a master agent without one.

    `tier` empty: the best one that is possible. Nothing is paid, for joining or for inviting.
    Locks the invite link, so that its last place is taken once. Raises AlreadyAgent,
    ApplicationPending, NoTierBelow, TierNotAllowed, DocumentMissing, or what an invitation that
    isn't open raises.
    """
    if Agent.objects.filter(user=user).exists():
        raise AlreadyAgent
    if invitation is not None:
        if invitation.link is not None:
            InviteLink.objects.select_for_update(no_key=True).get(pk=invitation.link.pk)
        must_be_open(invitation, guest=user)
    inviter = invitation.inviter if invitation else None
    link = invitation.link if invitation else None
    tiers = possible_tiers(inviter, link)
    if not tiers:
        raise NoTierBelow(field="invite_code")
    if tier is not None and tier not in tiers:
        raise TierNotAllowed(field="tier")
    application = send(
        Application(user=user, inviter=inviter, invite_link=link, tier=tier or tiers[0]),
        legal=legal,
        documents=documents,
    )
    _record(user, "apply_as_agent", application)
    return application


def send(
    application: Application, *, legal: LegalPerson, documents: Mapping[DocumentKind, Document]
) -> Application:
    """Store a new application with its legal person and documents, in the caller's transaction.

    It names the round that it corrects. Raises ApplicationPending or DocumentMissing.
    """
    papers.must_be_complete(legal.kind, documents)
    application.corrects = last_refused(application.user, renews=application.renews)
    application.legal_until = legal.valid_until
    write_identity(application, legal)
    try:
        with transaction.atomic():
            application.save(force_insert=True)
    except IntegrityError as error:
        if "one_pending_application" in str(error):
            raise ApplicationPending from error
        raise
    papers.attach(application, documents)
    return application


def last_refused(user: User, *, renews: Agent | None = None) -> Application | None:
    """The application that the next one corrects: the last of this kind, if it was rejected."""
    last = Application.objects.filter(user=user, renews=renews).order_by("-pk").first()
    return last if last is not None and last.status == ApplicationStatus.REJECTED else None


@transaction.atomic
def withdraw_application(*, application: Application) -> None:
    """The applicant takes it back before anybody decided; a new one can be sent at any time.

    Raises ApplicationDecided.
    """
    application = _locked(application)
    _decide(application, ApplicationStatus.WITHDRAWN, application.user, "")
    _record(application.user, "withdraw_application", application)


@transaction.atomic
def approve_application(
    *,
    application: Application,
    actor: User,
    reason: str = "",
    valid_until: date | None = None,
) -> Agent:
    """Make the applicant an agent under its inviter, with a wallet and an invite code; or accept
    an agent's newer papers.

    The papers count until `valid_until`; empty: as long as they can. Locks the application, then
    the inviter's tree. Raises ApplicationDecided, AlreadyAgent, InviterNotActive, TierNotAllowed
    (the inviter's tier changed since) or ValidUntilInvalid.
    """
    application = _locked(application)
    agent = application.renews or _new_agent(application)
    record = diligence.accept(
        agent=agent,
        legal=read_identity(application, valid_until=application.legal_until),
        valid_until=valid_until,
        application=application,
        actor=actor,
    )
    _decide(application, ApplicationStatus.APPROVED, actor, reason)
    if application.renews_id:
        tell(agent.user, "wholesale.papers_accepted", day=record.valid_until)
    else:
        tell(agent.user, "wholesale.application_approved", tier=str(agent.tier))
    action = "accept_renewal" if application.renews_id else "approve_application"
    _record(actor, action, application, reason, agent=agent.pk)
    return agent


def _new_agent(application: Application) -> Agent:
    inviter = application.inviter
    if inviter is not None:
        if not inviter.is_active:
            raise InviterNotActive
        if application.tier.rank <= inviter.tier.rank:
            raise TierNotAllowed
    return create_agent(
        user=application.user,
        upline=inviter,
        tier=application.tier,
        name=application.legal_name,
    )


@transaction.atomic
def reject_application(
    *,
    application: Application,
    actor: User,
    reason: str,
    replace: Collection[DocumentKind] = (),
) -> None:
    """Refuse an application; the applicant reads the reason and can send a corrected one.

    Documents in `replace` have to be uploaded anew for that; the others are kept. Raises
    ReasonMissing or ApplicationDecided.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    application = _locked(application)
    application.documents.filter(kind__in=replace).update(must_replace=True)
    _decide(application, ApplicationStatus.REJECTED, actor, reason.strip())
    kind = "papers_rejected" if application.renews_id else "application_rejected"
    tell(application.user, f"wholesale.{kind}", reason=reason.strip())
    action = "reject_renewal" if application.renews_id else "reject_application"
    _record(actor, action, application, reason, replace=", ".join(sorted(replace)))


def _locked(application: Application) -> Application:
    locked = (
        Application.objects.select_for_update(of=("self",))
        .select_related("user", "tier", "inviter__tier", "renews")
        .get(pk=application.pk)
    )
    if locked.status != ApplicationStatus.PENDING:
        raise ApplicationDecided
    return locked


def _decide(application: Application, status: ApplicationStatus, actor: User, reason: str) -> None:
    application.status = status
    application.decision_reason = reason
    application.decided_by = actor
    application.decided_at = timezone.now()
    application.save(update_fields=["status", "decision_reason", "decided_by", "decided_at"])


def _record(
    actor: User, action: str, application: Application, reason: str = "", **details: int | str
) -> None:
    audit.record(
        actor=actor,
        action=action,
        target=f"application:{application.pk}",
        reason=reason,
        tier=application.tier.code,
        inviter=application.inviter_id,
        **details,
    )
