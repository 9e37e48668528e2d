"""The same legal person, phone or paper used elsewhere: what staff look at before they approve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from kameng.models import Agent, Application, Diligence, Document

MOST = 20


@dataclass(frozen=True, slots=True)
class Duplicate:
    """What an application has in common with another person's application or agent."""

    what: str
    name: str
    state: str
    application_id: int | None = None
    agent_id: int | None = None


def duplicates_of(application: Application) -> Sequence[Duplicate]:
    """Everything found, a few of each kind. Own earlier rounds don't count. Four statements."""
    return [
        *_same_number(application),
        *_same_phone(application),
        *_same_papers(application),
    ]


def with_duplicates(applications: QuerySet[Application]) -> QuerySet[Application]:
    """Each with `has_duplicates`, decided inside the same statement."""
    others = Application.objects.exclude(user=OuterRef("user"))
    papers = Document.objects.filter(
        sha256__in=Document.objects.filter(application=OuterRef(OuterRef("pk")))
        .exclude(sha256="")
        .values("sha256")
    ).exclude(owner=OuterRef("user"))
    return applications.annotate(
        has_duplicates=Q(Exists(others.filter(legal_id_mark=OuterRef("legal_id_mark"))))
        | Q(Exists(others.filter(contact_phone=OuterRef("contact_phone"))))
        | Q(
            Exists(
                Diligence.objects.filter(legal_id_mark=OuterRef("legal_id_mark")).exclude(
                    agent__user=OuterRef("user")
                )
            )
        )
        | Q(Exists(papers))
    )


def _same_number(application: Application) -> list[Duplicate]:
    known = Diligence.objects.filter(legal_id_mark=application.legal_id_mark).exclude(
        agent__user=application.user_id
    )
    found = [
        Duplicate(_("the same number"), record.agent.name, _("agent"), agent_id=record.agent_id)
        for record in known.select_related("agent")[:MOST]
    ]
    sent = Application.objects.filter(legal_id_mark=application.legal_id_mark)
    return found + _others(application, sent, _("the same number"))


def _same_phone(application: Application) -> list[Duplicate]:
    same = _("the same mobile number")
    agents = Agent.objects.filter(user__phone=application.contact_phone).exclude(
        user=application.user_id
    )
    found = [Duplicate(same, agent.name, _("agent"), agent_id=agent.pk) for agent in agents[:MOST]]
    sent = Application.objects.filter(contact_phone=application.contact_phone)
    return found + _others(application, sent, same)


def _same_papers(application: Application) -> list[Duplicate]:
    digests = [d.sha256 for d in application.documents.all() if d.sha256]
    papers = (
        Document.objects.filter(sha256__in=digests, application__isnull=False)
        .exclude(owner=application.user_id)
        .select_related("application")[:MOST]
    )
    return [
        Duplicate(
            _("the same file: %(kind)s") % {"kind": paper.get_kind_display()},
            paper.application.legal_name,
            paper.application.get_status_display(),
            application_id=paper.application_id,
        )
        for paper in papers
        if paper.application is not None
    ]


def _others(application: Application, sent: QuerySet[Application], what: str) -> list[Duplicate]:
    return [
        Duplicate(what, other.legal_name, other.get_status_display(), application_id=other.pk)
        for other in sent.exclude(user=application.user_id).order_by("-pk")[:MOST]
    ]
