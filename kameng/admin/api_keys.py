"""Keys for the open API, and the callbacks that they asked for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from kameng.models import Agent, ApiKey, OrderCallback
from kameng.services.api_keys import create_api_key, revoke_api_key, set_ip_allow_list
from users.backoffice import ReadOnly, ReasonForm, ask, staff
from users.errors import PersonError


class AddressesForm(forms.Form):
    addresses = forms.CharField(
        label=_("Allowed addresses"),
        required=False,
        max_length=4000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text=_("One IP address a line. Empty: from anywhere."),
    )

    def clean_addresses(self) -> list[str]:
        typed: str = self.cleaned_data["addresses"]
        return typed.split()


class NewKeyForm(AddressesForm):
    field_order = ("agent", "label", "can_buy", "addresses")
    agent = forms.ModelChoiceField(
        label=_("Agent's user name"),
        queryset=Agent.objects.all(),
        to_field_name="user__username",
        widget=UnfoldAdminTextInputWidget,  # a list of thousands is no help
        error_messages={"invalid_choice": _("There is no agent with this user name.")},
    )
    label = forms.CharField(
        label=_("Label"),
        required=False,
        max_length=60,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("What the key is for, such as the name of the agent's shop."),
    )
    can_buy = forms.BooleanField(
        label=_("May buy"),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("Without this, the key may only read."),
    )


class InUseFilter(admin.SimpleListFilter):
    title = _("in use")
    parameter_name = "in_use"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[ApiKey]
    ) -> list[tuple[str, str]]:
        return [("yes", gettext("in use")), ("no", gettext("ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
        if self.value() in ("yes", "no"):
            usable = ApiKey.objects.usable()
            return queryset & usable if self.value() == "yes" else queryset.exclude(pk__in=usable)
        return queryset


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnly, ModelAdmin):
    """Who docks to us, with which keys, when last. A secret is shown once, when it is made."""

    list_display = (
        "key_id",
        "agent",
        "label",
        "state",
        "is_sandbox",
        "can_buy",
        "last_used_at",
        "created_at",
    )
    list_filter = (InUseFilter, "is_sandbox", "can_buy", "last_used_at")
    list_select_related = ("agent",)
    search_fields = ("key_id", "label", "agent__name", "agent__user__username")
    fields = (
        ("agent", "label"),
        ("key_id", "is_sandbox", "can_buy"),
        "ip_allow_list",
        ("created_at", "last_used_at", "expires_at", "revoked_at"),
    )
    actions_list = ("issue",)
    actions_detail = ("set_addresses", "revoke")

    @display(
        description=_("status"),
        label={"active": "success", "replaced": "warning", "ended": "info", "revoked": "danger"},
    )
    def state(self, key: ApiKey) -> tuple[str, object]:
        if key.revoked_at is not None:
            return "revoked", _("revoked")
        if not key.is_usable:
            return "ended", _("ended")
        if key.expires_at is not None:
            return "replaced", _("replaced")
        return "active", _("in use")

    @action(description=_("Make a key…"), url_path="issue")
    def issue(self, request: HttpRequest) -> HttpResponse:
        _must_be_allowed(request)
        form = NewKeyForm(request.POST or None)
        back = reverse("admin:kameng_apikey_changelist")
        if request.method == "POST" and form.is_valid():
            try:
                key, secret = create_api_key(
                    agent=form.cleaned_data["agent"],
                    actor=staff(request),
                    label=form.cleaned_data["label"],
                    can_buy=form.cleaned_data["can_buy"],
                    ip_allow_list=form.cleaned_data["addresses"],
                )
            except PersonError as refusal:
                _put(form, refusal)
            else:
                context = {
                    **self.admin_site.each_context(request),
                    "title": _("A new key"),
                    "key": key,
                    "secret": secret,
                    "back": back,
                }
                return render(request, "admin/kameng/api_key_made.html", context)
        return ask(
            request,
            site=self.admin_site,
            title=_("Make a key"),
            explanation=_(
                "Whoever holds the key and its secret buys with the agent's money. The secret is"
                " shown once, on the next page."
            ),
            form=form,
            button=_("Make the key"),
            back=back,
        )

    @action(description=_("Allowed addresses…"), url_path="addresses")
    def set_addresses(self, request: HttpRequest, object_id: int) -> HttpResponse:
        key = _key(request, object_id)
        form = AddressesForm(
            request.POST or None, initial={"addresses": "\n".join(key.ip_allow_list)}
        )
        return self._act(
            request,
            key,
            form=form,
            title=_("From where may %(key)s be used?") % {"key": key},
            explanation=_("Calls from any other address are refused from now on."),
            button=_("Save"),
            verb=lambda: set_ip_allow_list(
                key=key, addresses=form.cleaned_data["addresses"], actor=staff(request)
            ),
            done=_("The addresses are saved."),
        )

    @action(description=_("Revoke…"), url_path="revoke")
    def revoke(self, request: HttpRequest, object_id: int) -> HttpResponse:
        key = _key(request, object_id)
        form = ReasonForm(request.POST or None)
        return self._act(
            request,
            key,
            form=form,
            title=_("Revoke %(key)s") % {"key": key},
            explanation=_(
                "Everything signed with it is refused at once and for good. Orders under way go on;"
                " their callbacks are signed with the agent's newest other key."
            ),
            button=_("Revoke the key"),
            verb=lambda: revoke_api_key(
                key=key, actor=staff(request), reason=form.cleaned_data["reason"]
            ),
            done=_("The key is revoked."),
        )

    def _act(
        self,
        request: HttpRequest,
        key: ApiKey,
        *,
        form: forms.Form,
        title: Any,
        explanation: Any,
        button: Any,
        verb: Any,
        done: Any,
    ) -> HttpResponse:
        back = reverse("admin:kameng_apikey_change", args=[key.pk])
        if request.method == "POST" and form.is_valid():
            try:
                verb()
            except PersonError as refusal:
                _put(form, refusal)
            else:
                messages.success(request, done)
                return HttpResponseRedirect(back)
        return ask(
            request,
            site=self.admin_site,
            title=title,
            explanation=explanation,
            form=form,
            button=button,
            back=back,
        )


def _key(request: HttpRequest, object_id: int) -> ApiKey:
    _must_be_allowed(request)
    return get_object_or_404(ApiKey.objects.select_related("agent"), pk=object_id)


def _must_be_allowed(request: HttpRequest) -> None:
    if not request.user.has_perm("kameng.change_apikey"):
        raise PermissionDenied


def _put(form: forms.Form, refusal: PersonError) -> None:
    names = {"ip_allow_list": "addresses"}
    name = names.get(refusal.field or "", refusal.field)
    form.add_error(name if name in form.fields else None, str(refusal))


class ToldFilter(admin.SimpleListFilter):
    title = _("told")
    parameter_name = "told"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[OrderCallback]
    ) -> list[tuple[str, str]]:
        return [
            ("due", gettext("being tried")),
            ("given_up", gettext("in vain")),
            ("told", gettext("told")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[OrderCallback]
    ) -> QuerySet[OrderCallback]:
        match self.value():
            case "due":
                return queryset.filter(next_attempt_at__isnull=False)
            case "told":
                return queryset.filter(delivered_at__isnull=False)
            case "given_up":
                return queryset.filter(
                    attempts__gt=0, next_attempt_at__isnull=True, delivered_at__isnull=True
                )
        return queryset


@admin.register(OrderCallback)
class OrderCallbackAdmin(ReadOnly, ModelAdmin):
    """Which programs were told, and which don't answer. Sending goes on by itself for 24 hours."""

    list_display = (
        "order",
        "key",
        "attempts",
        "last_status",
        "last_error",
        "delivered_at",
        "next_attempt_at",
    )
    list_filter = (ToldFilter, "last_error")
    list_select_related = ("order", "key")
    search_fields = ("order__order_no", "key__key_id", "key__agent__name")
    readonly_fields = ("address",)

    @admin.display(description=_("callback address"))
    def address(self, callback: OrderCallback) -> str:
        return callback.order.callback_url
