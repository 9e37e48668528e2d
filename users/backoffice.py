"""What the back-office pages of all apps share: read-only lists, and asking before acting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from ui.pages import LargeTablePaginator
from users.errors import PersonError
from users.models import User

if TYPE_CHECKING:  # only the stubs know it
    from django.utils.functional import _StrPromise

    _Text = str | _StrPromise


REASON = _("Reason")
KEPT = _("Kept in the audit log.")


class ReadOnly:
    """For admins and inlines of what changes through services only: the tables that grow."""

    paginator = LargeTablePaginator

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


def reason_field(
    *,
    label: _Text = REASON,
    help_text: _Text = KEPT,
    required: bool = True,
) -> forms.CharField:
    """Why somebody does what they are about to do."""
    return forms.CharField(
        label=label,
        max_length=200,
        required=required,
        widget=UnfoldAdminTextInputWidget,
        help_text=help_text,
    )


class ReasonForm(forms.Form):
    reason = reason_field()


def staff(request: HttpRequest) -> User:
    """Who is acting."""
    assert isinstance(request.user, User), "the admin lets nobody else in"
    return request.user


def ask(
    request: HttpRequest,
    *,
    site: AdminSite,
    title: str | Promise,
    explanation: str | Promise,
    form: forms.Form | forms.ModelForm,
    button: str | Promise,
    back: str,
    notes: Sequence[str] = (),
) -> HttpResponse:
    """A page that says what will happen, asks what it needs to know, and has one button.

    `notes` is a list of details below the explanation, such as the bad lines of a file.
    """
    context = {
        **site.each_context(request),
        "title": title,
        "explanation": explanation,
        "form": form,
        "button": button,
        "back": back,
        "notes": notes,
    }
    return render(request, "admin/ask.html", context)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, what it means for whose money, and what is done with the answer.

    `verb` gets the form's fields by name. A refusal stands beside its field, the form still there
    to be corrected; where there is nothing to correct (`is_final`), above the page behind.
    """

    title: str | Promise
    explanation: str | Promise
    form: forms.Form
    button: str | Promise
    verb: Callable[..., Any]
    done: str | Promise
    back: str
    notes: Sequence[str] = ()
    is_final: bool = False


def decide(request: HttpRequest, site: AdminSite, question: Question) -> HttpResponse:
    """Ask, or do it, say that it is done, and go back."""
    form = question.form
    if request.method == "POST" and form.is_valid():
        try:
            question.verb(**form.cleaned_data)
        except PersonError as refusal:
            if question.is_final:
                messages.error(request, str(refusal))
                return HttpResponseRedirect(question.back)
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, str(question.done))
            return HttpResponseRedirect(question.back)
    return ask(
        request,
        site=site,
        title=question.title,
        explanation=question.explanation,
        form=form,
        button=question.button,
        back=question.back,
        notes=question.notes,
    )


def must_have(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied
