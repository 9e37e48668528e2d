"""Showing a legal person's number to staff: with a reason, recorded, on one page only."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from kameng.models import LegalIdentity
from kameng.services.diligence import reveal_number
from users.backoffice import ReasonForm, ask, staff


class RevealNumber:
    """For the admin of rows with a sealed number."""

    model: type[LegalIdentity]
    admin_site: Any

    @action(description=_("Show the number…"), url_path="reveal")
    def reveal(self, request: HttpRequest, object_id: int) -> HttpResponse:
        meta = self.model._meta
        if not request.user.has_perm(f"kameng.change_{meta.model_name}"):
            raise PermissionDenied
        row = get_object_or_404(self.model, pk=object_id)
        back = reverse(f"admin:kameng_{meta.model_name}_change", args=[row.pk])
        form = ReasonForm(request.POST or None)
        title = _("The number of %(name)s") % {"name": row.legal_name}
        if request.method == "POST" and form.is_valid():
            number = reveal_number(
                row=row, actor=staff(request), reason=form.cleaned_data["reason"]
            )
            context = {
                **self.admin_site.each_context(request),
                "title": title,
                "number": number,
                "back": back,
            }
            response = render(request, "admin/kameng/number.html", context)
            response["Cache-Control"] = "no-store"
            return response
        return ask(
            request,
            site=self.admin_site,
            title=title,
            explanation=_(
                "The number is shown once, on the next page. That you looked at it, and why, is"
                " kept in the audit log."
            ),
            form=form,
            button=_("Show the number"),
            back=back,
        )
