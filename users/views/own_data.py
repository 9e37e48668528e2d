"""One's own data as a file, and closing the account."""

from __future__ import annotations

from django import forms
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from users import personal
from users.views.confirming import person_of, recently_confirmed


class CloseForm(forms.Form):
    understood = forms.BooleanField(
        label=_("Close my account for good. I know that unused points and coupons are lost."),
        error_messages={"required": _("Tick this if you mean it.")},
    )


@login_required
@recently_confirmed
@never_cache
@require_safe
def export(request: HttpRequest) -> FileResponse:
    """A ZIP of JSON files, made from the database now."""
    name = f"my-data-{timezone.localdate():%Y%m%d}.zip"
    return FileResponse(personal.export(person_of(request)), as_attachment=True, filename=name)


@login_required
@recently_confirmed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest) -> HttpResponse:
    """What goes, what stays and why, what stands in the way; then one press."""
    person = person_of(request)
    form, status = CloseForm(request.POST or None), 200
    reasons: list[str] = []
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                personal.close_account(person=person)
            except personal.CannotClose as refusal:
                reasons, status = refusal.reasons, refusal.status
            else:
                logout(request)
                return render(request, "users/closed.html")
    context = {"form": form, "reasons": reasons or personal.obstacles(person)}
    return render(request, "users/close.html", context, status=status)
