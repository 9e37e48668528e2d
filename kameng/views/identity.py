"""An agent's papers: what is known, until when, and sending newer ones."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kameng.access import agents_only, page
from kameng.forms.papers import PapersForm
from kameng.identity import LegalPerson, read_id, read_identity
from kameng.models import Agent, Application, Diligence
from kameng.queries.applications import latest_application, rounds
from kameng.queries.diligence import diligence_of
from kameng.services import applications, papers
from kameng.services.renewals import apply_renewal
from users.errors import PersonError


@require_http_methods(["GET", "HEAD", "POST"])
@agents_only
def identity(request: HttpRequest, agent: Agent) -> HttpResponse:
    """What staff accepted, and the form for newer papers unless some are being checked."""
    record = diligence_of(agent)
    latest = latest_application(agent.user, renews=agent)
    pending = latest if latest and latest.is_pending else None
    context: dict[str, object] = {
        "record": record,
        "latest": latest,
        "pending": pending,
        "documents": list(pending.documents.all()) if pending else [],
        "rounds": rounds(latest) if latest else [],
    }
    if pending is not None:
        return page(request, agent, "identity", context)
    form, status = _form(request, agent, record)
    if form is None:
        return redirect("kameng:identity")
    return page(request, agent, "identity", {**context, "form": form}, status=status)


def _form(
    request: HttpRequest, agent: Agent, record: Diligence | None
) -> tuple[PapersForm | None, int]:
    """The form and its status; None once the papers are sent."""
    corrected = applications.last_refused(agent.user, renews=agent)
    at_hand = papers.at_hand(agent.user, corrected)
    known = read_identity(record) if record else None
    if request.method != "POST":
        initial = _typed_before(corrected, known, agent)
        return PapersForm(papers=at_hand, known=known, initial=initial), 200
    form = PapersForm(request.POST, request.FILES, papers=at_hand, known=known)
    is_valid = form.is_valid()
    for kind, upload in form.uploads.items():
        at_hand[kind] = papers.keep_document(owner=agent.user, kind=kind, upload=upload)
    if not is_valid:
        return form, 422
    try:
        apply_renewal(agent=agent, legal=form.legal, documents=at_hand)
    except PersonError as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return form, refusal.status
    messages.success(request, _("Your papers were sent. The ones that count now go on counting."))
    return None, 200


def _typed_before(
    corrected: Application | None, known: LegalPerson | None, agent: Agent
) -> dict[str, object]:
    if corrected is not None:
        return {
            "legal_kind": corrected.legal_kind,
            "legal_name": corrected.legal_name,
            "legal_id": read_id(corrected),
            "legal_until": corrected.legal_until,
            "contact_phone": corrected.contact_phone,
        }
    if known is not None:
        return {"legal_name": known.name, "contact_phone": known.phone}
    return {"legal_name": agent.name, "contact_phone": agent.user.phone or ""}
