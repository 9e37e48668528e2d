"""Inviting: the agent's own code, links with rules, their QR codes, and who applied by them."""

from __future__ import annotations

import io

import segno
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kameng.access import active_agents_only, page
from kameng.forms.inviting import ApplicantFilter, LinkForm
from kameng.models import Agent, InviteLink
from kameng.queries.invites import applicants, invitations, shown_name
from kameng.services import invites
from kameng.services.invites import Invitation, possible_tiers
from ui.exports import as_format, table_file
from users.errors import PersonError

PAGE_SIZE = 30
_PNG_MODULE, _QUIET_ZONE = 12, 4  # pixels a module; modules of white that a scanner needs
EXPORT_AT_MOST = 50_000


def address_of(invitation: Invitation) -> str:
    address = reverse("kameng:apply_invited", args=[invitation.code])
    return f"{settings.BASE_URL}{address}"


@require_safe
@active_agents_only
def invite(request: HttpRequest, agent: Agent) -> HttpResponseBase:
    """All ways to invite, with what became of each."""
    rows = invitations(agent)
    if wanted := as_format(request.GET.get("format")):
        return table_file(
            "invite-links",
            [
                _("Name"),
                _("Code"),
                _("Link"),
                _("Tier"),
                _("Last day"),
                _("People at most"),
                _("Status"),
                _("Came"),
                _("Applied"),
                _("Became agents"),
            ],
            (
                [
                    row.name,
                    row.code,
                    address_of(row.invitation),
                    str(row.link.tier or "") if row.link else "",
                    row.link.expires_on if row.link else None,
                    row.link.max_uses if row.link else None,
                    row.state_label,
                    row.came,
                    row.applied,
                    row.approved,
                ]
                for row in rows
            ),
            file_format=wanted,
        )
    return page(
        request,
        agent,
        "invite",
        {
            "own": rows[0],
            "rows": rows[1:],
            "address": address_of(rows[0].invitation),
            "tiers": possible_tiers(agent),
            "can_add": len(rows) <= invites.MAX_LINKS,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@active_agents_only
def new_link(request: HttpRequest, agent: Agent) -> HttpResponse:
    form = LinkForm(possible_tiers(agent), request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                link = invites.create_link(agent=agent, rules=form.rules)
            except PersonError as refusal:
                status = _told(form, refusal)
            else:
                messages.success(request, _("The link is made. Share it, or its QR code."))
                return redirect("kameng:invite_link", link.code)
    return page(request, agent, "invite_form", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@active_agents_only
def change_link(request: HttpRequest, agent: Agent, code: str) -> HttpResponse:
    link = get_object_or_404(
        InviteLink.objects.select_related("agent__tier"), agent=agent, code=code
    )
    form = LinkForm(possible_tiers(agent), request.POST or None, initial=LinkForm.initial_of(link))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                invites.change_link(link=link, rules=form.rules)
            except PersonError as refusal:
                status = _told(form, refusal)
            else:
                messages.success(request, _("The link has its new rules. Its address is the same."))
                return redirect("kameng:invite_link", link.code)
    return page(request, agent, "invite_form", {"form": form, "link": link}, status=status)


def _told(form: LinkForm, refusal: PersonError) -> int:
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    return refusal.status


@require_POST
@active_agents_only
def switch_link(request: HttpRequest, agent: Agent, code: str) -> HttpResponse:
    link = get_object_or_404(InviteLink, agent=agent, code=code)
    is_on = request.POST.get("to") == "on"
    invites.switch_link(link=link, is_on=is_on)
    if is_on:
        messages.success(request, _("The link is open again."))
    else:
        messages.success(
            request, _("The link is switched off. Who has applied by it already isn't touched.")
        )
    return redirect("kameng:invite_link", link.code)


@require_safe
@active_agents_only
def invite_link(request: HttpRequest, agent: Agent, code: str) -> HttpResponse:
    """One invitation: link, code and QR to share, and how it does."""
    row = next((row for row in invitations(agent) if row.code == code), None)
    if row is None:
        raise Http404(code)
    address = address_of(row.invitation)
    return page(request, agent, "invite_link", {"row": row, "address": address})


@require_safe
@active_agents_only
def invite_qr(request: HttpRequest, agent: Agent, code: str, kind: str) -> HttpResponse:
    """The QR code as a file to print or send."""
    link = InviteLink.objects.filter(agent=agent, code=code).first()
    if link is None and code != agent.invite_code:
        raise Http404(code)
    drawn = segno.make(address_of(Invitation(agent, link)), error="m", micro=False)
    file = io.BytesIO()
    drawn.save(file, kind=kind, scale=_PNG_MODULE, border=_QUIET_ZONE, light="white")
    media_type = "image/png" if kind == "png" else "image/svg+xml"
    response = HttpResponse(file.getvalue(), content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="invite-{code}.{kind}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
@active_agents_only
def invited(request: HttpRequest, agent: Agent) -> HttpResponseBase:
    """Who applied below the agent, and what became of it."""
    form = ApplicantFilter(InviteLink.objects.filter(agent=agent), request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    found = applicants(agent, status=chosen.get("status", ""), link=chosen.get("link"))
    if wanted := as_format(request.GET.get("format")):
        return table_file(
            "invited",
            [_("Name"), _("Tier"), _("Invite link"), _("Status"), _("Sent"), _("Decided")],
            (
                [
                    shown_name(a),
                    str(a.tier),
                    a.invite_link.name if a.invite_link else _("My own code"),
                    a.get_status_display(),
                    a.created_at,
                    a.decided_at,
                ]
                for a in found[:EXPORT_AT_MOST].iterator(chunk_size=1000)
            ),
            file_format=wanted,
        )
    page_obj = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return page(
        request,
        agent,
        "invited",
        {
            "form": form,
            "page_obj": page_obj,
            "people": [(shown_name(application), application) for application in page_obj],
            "is_filtered": any(chosen.values()),
        },
    )
