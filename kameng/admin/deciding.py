"""Asking staff before something happens to money: a reason, one button, then the list again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise

from users.backoffice import ask
from users.errors import PersonError

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, what it means for whose money, and what is done with the answer."""

    title: Text
    explanation: Text
    form: forms.Form
    button: Text
    verb: Callable[..., Any]
    done: Text
    back: str
    notes: Sequence[str] = field(default_factory=list)


def decide(request: HttpRequest, site: AdminSite, question: Question) -> HttpResponse:
    """Ask, or do it: `verb` gets the form's fields by name. A refusal stands beside its field."""
    form = question.form
    if request.method == "POST" and form.is_valid():
        try:
            question.verb(**form.cleaned_data)
        except PersonError as refusal:
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
