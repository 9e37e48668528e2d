"""Asking staff before something happens to money: a reason, one button, then the list again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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


class WaitingFilter(admin.SimpleListFilter):
    """A list that opens on what waits for staff."""

    title = _("status")
    parameter_name = "state"
    labels: ClassVar[Mapping[Any, Any]]
    waiting: ClassVar[Sequence[Any]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*self.labels.items(), ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("waiting for staff"),
        }
        for value, label in self.lookup_choices:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen == "all":
            return queryset
        if chosen:
            return queryset.filter(status=chosen)
        return queryset.filter(status__in=self.waiting)
