"""Becoming an agent: the invitation, the form, what became of it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kameng.errors import NoTierBelow
from kameng.forms.applying import InviteCodeForm
from kameng.forms.papers import ApplicationForm
from kameng.identity import read_id
from kameng.models import Agent, Application, ApplicationStatus
from kameng.queries.applications import latest_application, progress, rounds
from kameng.services import applications, papers
from kameng.services.invites import Invitation, count_visit, find_invitation, possible_tiers
from users.errors import PersonError
from users.models import User

_SEEN = "invitations_seen"
_SEEN_AT_MOST = 20


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def apply(request: HttpRequest, invite_code: str = "") -> HttpResponse:
    """The form, for a code in the link or typed; strangers first log in or sign up."""
    user = request.user if isinstance(request.user, User) else None
    typed = "" if invite_code else request.GET.get("invite_code", "").strip()
    try:
        code = invite_code or typed
        invitation = find_invitation(code, guest=user) if code else None
    except PersonError as refusal:
        return _ask_for_code(request, code, refusal)
    if typed and invitation:
        return redirect("kameng:apply_invited", invitation.code)
    if user is not None and Agent.objects.filter(user=user).exists():
        return redirect("kameng:home")
    _count(request, invitation)
    if user is None:
        inviter = invitation.inviter if invitation else None
        return render(request, "kameng/apply_welcome.html", {"inviter": inviter})
    latest = latest_application(user)
    if latest and latest.status == ApplicationStatus.PENDING:
        return redirect("kameng:application")
    return _form_page(request, user, invitation)


def _count(request: HttpRequest, invitation: Invitation | None) -> None:
    """Each visitor once; reloading, or coming back to correct something, is no other visit."""
    if invitation is None or request.method != "GET":
        return
    seen = request.session.get(_SEEN, [])
    if invitation.code not in seen:
        request.session[_SEEN] = [*seen, invitation.code][-_SEEN_AT_MOST:]
        count_visit(invitation)


def _ask_for_code(request: HttpRequest, typed: str, refusal: PersonError) -> HttpResponse:
    form = InviteCodeForm({"invite_code": typed})
    form.add_error("invite_code", str(refusal))
    return render(request, "kameng/apply_code.html", {"code_form": form}, status=refusal.status)


def _form_page(request: HttpRequest, user: User, invitation: Invitation | None) -> HttpResponse:
    tiers = possible_tiers(
        invitation.inviter if invitation else None, invitation.link if invitation else None
    )
    if not tiers:
        return _ask_for_code(request, invitation.code if invitation else "", NoTierBelow())
    corrected = applications.last_refused(user)
    at_hand = papers.at_hand(user, corrected)
    status = 200
    if request.method == "POST":
        status = 422
        form = ApplicationForm(tiers, request.POST, request.FILES, papers=at_hand)
        is_valid = form.is_valid()
        for kind, upload in form.uploads.items():
            at_hand[kind] = papers.keep_document(owner=user, kind=kind, upload=upload)
        if is_valid:
            try:
                applications.apply(
                    user=user,
                    invitation=invitation,
                    tier=form.cleaned_data["tier"],
                    legal=form.legal,
                    documents=at_hand,
                )
            except PersonError as refusal:
                form.add_error(
                    refusal.field if refusal.field in form.fields else None, str(refusal)
                )
                status = refusal.status
            else:
                messages.success(request, _("Your application was sent."))
                return redirect("kameng:application")
    else:
        form = ApplicationForm(tiers, papers=at_hand, initial=_typed_before(corrected, user))
    context = {
        "form": form,
        "invitation": invitation,
        "corrected": corrected,
        "code_form": InviteCodeForm(),
    }
    return render(request, "kameng/apply.html", context, status=status)


def _typed_before(corrected: Application | None, user: User) -> dict[str, object]:
    """A correction starts from what was sent before."""
    if corrected is None:
        return {"contact_phone": user.phone or ""}
    return {
        "legal_kind": corrected.legal_kind,
        "legal_name": corrected.legal_name,
        "legal_id": read_id(corrected),
        "legal_until": corrected.legal_until,
        "contact_phone": corrected.contact_phone,
        "tier": corrected.tier_id,
    }


@require_safe
@never_cache
@login_required
def application(request: HttpRequest) -> HttpResponse:
    """Where the application stands; a rejected one can be corrected."""
    assert isinstance(request.user, User)
    if Agent.objects.filter(user=request.user).exists():
        return redirect("kameng:home")
    latest = latest_application(request.user)
    if latest is None:
        return redirect("kameng:apply")
    code = latest.invite_link.code if latest.invite_link else ""
    if not code and latest.inviter:
        code = latest.inviter.invite_code
    return render(
        request,
        "kameng/application.html",
        {
            "application": latest,
            "documents": list(latest.documents.all()),
            "steps": progress(latest),
            "rounds": rounds(latest),
            "code": code,
        },
    )


@require_POST
@login_required
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an application, or newer papers, back; only one's own."""
    found = get_object_or_404(Application, pk=pk, user=request.user.pk)
    try:
        applications.withdraw_application(application=found)
    except PersonError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is withdrawn. You can send a new one at any time."))
    return redirect("kameng:identity" if found.renews_id else "kameng:application")
