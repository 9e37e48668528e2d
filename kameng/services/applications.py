"""Becoming an agent: apply → approve or reject. Every decision has a person and is audited."""

from __future__ import annotations

from datetime import date

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from kameng.documents import check_document
from kameng.errors import (
    AlreadyAgent,
    ApplicationDecided,
    ApplicationPending,
    InviteCodeUnknown,
    InviterNotActive,
    NoTierBelow,
    ReasonMissing,
    TierNotAllowed,
)
from kameng.identity import LegalPerson
from kameng.models import Agent, Application, ApplicationStatus, LegalKind, Tier
from kameng.services import diligence
from kameng.services.tree import create_agent
from users import audit
from users.models import User


def inviter_by_code(code: str) -> Agent:
    """The active agent with this invite code, however it was typed.

    Raises InviteCodeUnknown or InviterNotActive.
    """
    # PostgreSQL refuses NUL even in a comparison.
    typed = "".join(c for c in code if c.isprintable() and not c.isspace()).upper()
    found = Agent.objects.select_related("tier").filter(invite_code=typed)
    inviter: Agent | None = found.first()
    if inviter is None:
        raise InviteCodeUnknown(field="invite_code")
    if not inviter.is_active:
        raise InviterNotActive(field="invite_code")
    return inviter


def possible_tiers(inviter: Agent | None) -> list[Tier]:
    """The tiers that can be applied for, the best first: below the inviter's, else master only."""
    if inviter is None:
        return list(Tier.objects.order_by("rank")[:1])
    return list(Tier.objects.filter(rank__gt=inviter.tier.rank).order_by("rank"))


@transaction.atomic
def apply(
    *,
    user: User,
    inviter: Agent | None,
    tier: Tier | None,
    legal: LegalPerson,
    document: UploadedFile,
) -> Application:
    """Ask to become an agent: under an inviter, or as a master agent without one.

    `tier` empty: the best one that is possible. Nothing is paid, for joining or for inviting.
    Raises AlreadyAgent, ApplicationPending, InviterNotActive, NoTierBelow, TierNotAllowed or
    DocumentInvalid.
    """
    if Agent.objects.filter(user=user).exists():
        raise AlreadyAgent
    if inviter is not None and not inviter.is_active:
        raise InviterNotActive(field="invite_code")
    tiers = possible_tiers(inviter)
    if not tiers:
        raise NoTierBelow(field="invite_code")
    if tier is not None and tier not in tiers:
        raise TierNotAllowed(field="tier")
    check_document(document)
    try:
        with transaction.atomic():
            application = Application.objects.create(
                user=user,
                inviter=inviter,
                tier=tier or tiers[0],
                legal_kind=legal.kind,
                legal_name=legal.name,
                legal_id=legal.id_number,
                contact_phone=legal.phone,
                document=document,
            )
    except IntegrityError as error:
        if "one_pending_application" in str(error):
            raise ApplicationPending from error
        raise
    _record(user, "apply_as_agent", application)
    return application


@transaction.atomic
def approve_application(
    *,
    application: Application,
    actor: User,
    reason: str = "",
    valid_until: date | None = None,
) -> Agent:
    """Make the applicant an agent under its inviter, with a wallet and an invite code.

    Its papers count until `valid_until`; empty: as long as they can. Locks the application, then
    the inviter's tree. Raises ApplicationDecided, AlreadyAgent, InviterNotActive, TierNotAllowed
    (the inviter's tier changed since) or ValidUntilInvalid.
    """
    application = _locked(application)
    inviter = application.inviter
    if inviter is not None:
        if not inviter.is_active:
            raise InviterNotActive
        if application.tier.rank <= inviter.tier.rank:
            raise TierNotAllowed
    agent = create_agent(
        user=application.user,
        upline=inviter,
        tier=application.tier,
        name=application.legal_name,
    )
    diligence.accept(
        agent=agent,
        legal=LegalPerson(
            kind=LegalKind(application.legal_kind),
            name=application.legal_name,
            id_number=application.legal_id,
            phone=application.contact_phone,
        ),
        valid_until=valid_until,
        application=application,
        actor=actor,
    )
    _decide(application, ApplicationStatus.APPROVED, actor, reason)
    _record(actor, "approve_application", application, reason, agent=agent.pk)
    return agent


@transaction.atomic
def reject_application(*, application: Application, actor: User, reason: str) -> None:
    """Refuse an application; the applicant reads the reason and can send a corrected one.

    Raises ReasonMissing or ApplicationDecided.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    application = _locked(application)
    _decide(application, ApplicationStatus.REJECTED, actor, reason.strip())
    _record(actor, "reject_application", application, reason)


def _locked(application: Application) -> Application:
    locked = (
        Application.objects.select_for_update(of=("self",))
        .select_related("user", "tier", "inviter__tier")
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
    actor: User, action: str, application: Application, reason: str = "", **details: int
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
