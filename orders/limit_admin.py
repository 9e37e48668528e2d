"""Limits in the back office: columns and actions that agents and members have in common."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from orders.limit_fields import BuyerLimits
from orders.limits import Limits
from orders.services.limiting import set_own_limits, verify, withdraw_verification
from ui.formats import money
from users.backoffice import ReasonForm, ask, staff

LIMIT_ACTIONS = ("set_limits", "verify", "withdraw_verification")


def _amount(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=Decimal("0.01"),
        max_digits=20,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text=_("Yuan; empty: as everybody of the same tier or level."),
    )


class OwnLimitsForm(ReasonForm):
    field_order = ("single", "daily", "monthly", "reason")
    single = _amount(_("own limit: one order"))
    daily = _amount(_("own limit: a day"))
    monthly = _amount(_("own limit: a month"))

    def limits(self) -> Limits:
        return Limits(*(self.cleaned_data[name] for name in ("single", "daily", "monthly")))


class LimitActions:
    """For the admin of a buyer with limits."""

    model: type[BuyerLimits]
    admin_site: Any

    def limits_of(self, buyer: Any) -> Limits:
        """Which limits hold for the buyer now."""
        raise NotImplementedError

    @admin.display(description=_("limits in force"))
    def limits_now(self, buyer: BuyerLimits) -> str:
        limits = self.limits_of(buyer)
        rows = ((_("one order"), limits.single), (_("a day"), limits.daily))
        return format_html_join(
            " · ",
            "{} {}",
            (
                (name, money(amount) if amount is not None else "—")
                for name, amount in (*rows, (_("a month"), limits.monthly))
            ),
        )

    @action(description=_("Set limits…"), url_path="limits")
    def set_limits(self, request: HttpRequest, object_id: int) -> HttpResponse:
        buyer = self._buyer(request, object_id)
        form = OwnLimitsForm(request.POST or None, initial=asdict(buyer.own))
        if request.method == "POST" and form.is_valid():
            set_own_limits(
                buyer=buyer,
                limits=form.limits(),
                actor=staff(request),
                reason=form.cleaned_data["reason"],
            )
            return self._done(request, buyer, _("The limits hold from the next order on."))
        return self._ask(
            request,
            buyer,
            form,
            title=_("Limits of %(buyer)s") % {"buyer": buyer},
            explanation=_(
                "An order beyond a limit is refused before any money moves. What was ordered today"
                " and this month counts. Orders under way aren't touched."
            ),
            button=_("Set these limits"),
        )

    @action(description=_("Mark as verified…"), url_path="verify")
    def verify(self, request: HttpRequest, object_id: int) -> HttpResponse:
        buyer = self._buyer(request, object_id)
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            verify(buyer=buyer, actor=staff(request), reason=form.cleaned_data["reason"])
            return self._done(request, buyer, _("Verified: the higher limits hold at once."))
        return self._ask(
            request,
            buyer,
            form,
            title=_("Mark %(buyer)s as verified") % {"buyer": buyer},
            explanation=_("You have seen who this is. The higher limits hold from now on."),
            button=_("Mark as verified"),
        )

    @action(description=_("Withdraw verification…"), url_path="unverify")
    def withdraw_verification(self, request: HttpRequest, object_id: int) -> HttpResponse:
        buyer = self._buyer(request, object_id)
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            withdraw_verification(
                buyer=buyer, actor=staff(request), reason=form.cleaned_data["reason"]
            )
            return self._done(request, buyer, _("Not verified any more: the lower limits hold."))
        return self._ask(
            request,
            buyer,
            form,
            title=_("Withdraw the verification of %(buyer)s") % {"buyer": buyer},
            explanation=_(
                "The lower limits hold from the next order on. Balance and orders under way aren't"
                " touched."
            ),
            button=_("Withdraw the verification"),
        )

    def _buyer(self, request: HttpRequest, object_id: int) -> BuyerLimits:
        meta = self.model._meta
        if not staff(request).has_perm(f"{meta.app_label}.change_{meta.model_name}"):
            raise PermissionDenied
        return get_object_or_404(self.model, pk=object_id)

    def _page(self, buyer: BuyerLimits) -> str:
        meta = self.model._meta
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[buyer.pk])

    def _done(self, request: HttpRequest, buyer: BuyerLimits, text: str | Promise) -> HttpResponse:
        messages.success(request, str(text))
        return HttpResponseRedirect(self._page(buyer))

    def _ask(
        self,
        request: HttpRequest,
        buyer: BuyerLimits,
        form: forms.Form,
        *,
        title: str | Promise,
        explanation: str | Promise,
        button: str | Promise,
    ) -> HttpResponse:
        return ask(
            request,
            site=self.admin_site,
            title=title,
            explanation=explanation,
            form=form,
            button=button,
            back=self._page(buyer),
        )
