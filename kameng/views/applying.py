"""Becoming an agent: the invitation, the form, what became of it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from kameng.documents import content_type
from kameng.errors import InviteCodeUnknown, InviterNotActive, NoTierBelow
from kameng.forms.applying import ApplicationForm, InviteCodeForm
from kameng.models import Agent, Application, ApplicationStatus
from kameng.services import applications
from users.errors import PersonError
from users.models import User


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def apply(request: HttpRequest, invite_code: str = "") -> HttpResponse:
    """The form, for a code in the link or typed; strangers first log in or sign up."""
    if not invite_code and (typed := request.GET.get("invite_code", "").strip()):
        return _to_code(request, typed)
    try:
        inviter = applications.inviter_by_code(invite_code) if invite_code else None
    except (InviteCodeUnknown, InviterNotActive) as refusal:
        return _ask_for_code(request, invite_code, refusal)
    user = request.user
    if not isinstance(user, User):
        return render(request, "kameng/apply_welcome.html", {"inviter": inviter})
    if Agent.objects.filter(user=user).exists():
        return redirect("kameng:home")
    latest = _latest(user)
    if latest and latest.status == ApplicationStatus.PENDING:
        return redirect("kameng:application")
    return _form_page(request, user, inviter, latest)


def _to_code(request: HttpRequest, typed: str) -> HttpResponse:
    try:
        inviter = applications.inviter_by_code(typed)
    except (InviteCodeUnknown, InviterNotActive) as refusal:
        return _ask_for_code(request, typed, refusal)
    return redirect("kameng:apply_invited", inviter.invite_code)


def _ask_for_code(request: HttpRequest, typed: str, refusal: PersonError) -> HttpResponse:
    form = InviteCodeForm({"invite_code": typed})
    form.add_error("invite_code", str(refusal))
    return render(request, "kameng/apply_code.html", {"code_form": form}, status=refusal.status)


def _form_page(
    request: HttpRequest, user: User, inviter: Agent | None, latest: Application | None
) -> HttpResponse:
    tiers = applications.possible_tiers(inviter)
    if not tiers:
        code = inviter.invite_code if inviter else ""
        return _ask_for_code(request, code, NoTierBelow())
    status = 200
    if request.method == "POST":
        status = 422
        form = ApplicationForm(tiers, request.POST, request.FILES)
        if form.is_valid():
            try:
                applications.apply(
                    user=user,
                    inviter=inviter,
                    tier=form.cleaned_data["tier"],
                    legal=form.legal,
                    document=form.cleaned_data["document"],
                )
            except PersonError as refusal:
                field = refusal.field if refusal.field in form.fields else None
                form.add_error(field, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("Your application was sent."))
                return redirect("kameng:application")
    else:
        form = ApplicationForm(tiers, initial=_typed_before(latest, user))
    context = {
        "form": form,
        "inviter": inviter,
        "tiers": tiers,
        "latest": latest,
        "code_form": InviteCodeForm(),
    }
    return render(request, "kameng/apply.html", context, status=status)


def _typed_before(latest: Application | None, user: User) -> dict[str, str]:
    """A correction starts from what was sent before."""
    if latest is None:
        return {"contact_phone": user.phone or ""}
    return {
        "legal_kind": latest.legal_kind,
        "legal_name": latest.legal_name,
        "legal_id": latest.legal_id,
        "contact_phone": latest.contact_phone,
    }


@require_safe
@never_cache
@login_required
def application(request: HttpRequest) -> HttpResponse:
    """Where the application stands; a rejected one can be corrected."""
    assert isinstance(request.user, User)
    if Agent.objects.filter(user=request.user).exists():
        return redirect("kameng:home")
    latest = _latest(request.user)
    if latest is None:
        return redirect("kameng:apply")
    return render(request, "kameng/application.html", {"application": latest})


@require_safe
@never_cache
@login_required
def document(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The uploaded document: for the person who sent it, and for staff who may see applications."""
    found = Application.objects.filter(pk=pk).first()
    user = request.user
    is_allowed = found is not None and (
        found.user_id == user.pk or user.has_perm("kameng.view_application")
    )
    if found is None or not is_allowed or not found.document:
        raise Http404(pk)
    response = FileResponse(found.document.open("rb"), content_type=content_type(found.document))
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _latest(user: User) -> Application | None:
    return (
        Application.objects.filter(user=user)
        .select_related("inviter", "tier")
        .order_by("-pk")
        .first()
    )
