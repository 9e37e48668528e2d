"""The simulator of commissions: choose an agent and goods, and see who would earn what under a
version of the rules, or under a draft that isn't saved anywhere."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from catalog.models import SKU
from kameng.commissions import MAX_GENERATIONS, Policy
from kameng.models import Agent, CommissionPolicy
from kameng.price_rails import lowest_costs
from kameng.price_rules import policy_for
from kameng.queries.simulating import Simulation, simulate

DRAFT = "draft"


def _rate(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        max_digits=6,
        decimal_places=2,
        min_value=Decimal(0),
        max_value=Decimal(100),
        widget=UnfoldAdminTextInputWidget,
    )


class SimulatorForm(forms.Form):
    agent = forms.CharField(
        label=_("Agent"),
        help_text=_("Login name or name of the agent who buys."),
        widget=UnfoldAdminTextInputWidget,
    )
    sku = forms.CharField(
        label=_("SKU"), help_text=_("Its code."), widget=UnfoldAdminTextInputWidget
    )
    quantity = forms.IntegerField(
        label=_("Quantity"),
        min_value=1,
        max_value=10_000,
        initial=1,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    unit_cost = forms.DecimalField(
        label=_("Unit cost"),
        required=False,
        min_value=Decimal(0),
        max_digits=12,
        decimal_places=4,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("In yuan. Empty: the cheapest usable offer's."),
    )
    policy = forms.ChoiceField(label=_("Policy"), required=False, widget=UnfoldAdminSelectWidget)
    share = _rate(_("Draft: share of the level difference (%)"))
    rate_1 = _rate(_("Draft: 1st generation (%)"))
    rate_2 = _rate(_("Draft: 2nd generation (%)"))
    rate_3 = _rate(_("Draft: 3rd generation (%)"))
    generations = forms.IntegerField(
        label=_("Draft: generations"),
        required=False,
        min_value=0,
        max_value=MAX_GENERATIONS,
        initial=2,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("At most 3: the law allows no more."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = timezone.now()
        versions = list(CommissionPolicy.objects.order_by("-effective_from")[:50])
        in_force = next((one for one in versions if one.effective_from <= now), None)
        self.in_force = in_force
        field = self.fields["policy"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", gettext("The one in force now") if in_force else gettext("None is in force")),
            *(
                (
                    str(one.pk),
                    f"#{one.pk} {timezone.localtime(one.effective_from):%Y-%m-%d} {one.note}",
                )
                for one in versions
            ),
            (DRAFT, gettext("A draft: the fields below")),
        ]

    def clean_agent(self) -> Agent:
        text = self.cleaned_data["agent"].strip()
        agents = Agent.objects.select_related("tier", "user")
        found: Agent | None = agents.filter(user__username=text).first()
        if found is None:
            named = list(agents.filter(name__icontains=text)[:2])
            if len(named) > 1:
                raise forms.ValidationError(
                    _("Several agents are called so: enter the login name.")
                )
            found = named[0] if named else None
        if found is None:
            raise forms.ValidationError(_("There is no such agent."))
        return found

    def clean_sku(self) -> SKU:
        found = (
            SKU.objects.select_related("product")
            .filter(code=self.cleaned_data["sku"].strip())
            .first()
        )
        if found is None:
            raise forms.ValidationError(_("There is no SKU with this code."))
        return found

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if said.get("sku") and said.get("unit_cost") is None and "unit_cost" not in self.errors:
            cost = lowest_costs([said["sku"].pk]).get(said["sku"].pk)
            if cost is None:
                self.add_error(
                    "unit_cost", _("Nobody delivers this at present: enter what it would cost.")
                )
            else:
                said["unit_cost"] = cost.amount
        return said

    def wanted_policy(self) -> Policy | None:
        said = self.cleaned_data
        if said["policy"] == DRAFT:
            return self._draft()
        if said["policy"]:
            return policy_for(int(said["policy"]), said["sku"].pk)
        return policy_for(self.in_force.pk, said["sku"].pk) if self.in_force else None

    def _draft(self) -> Policy:
        said = self.cleaned_data
        generations = said["generations"] if said["generations"] is not None else 2

        def share(name: str, default: int = 0) -> Decimal:
            value = said[name]
            return (Decimal(default) if value is None else value) / 100

        return Policy(
            policy_id=0,
            level_difference_share=share("share", 100),
            max_generations=generations,
            after_sale_hours=72,
            generation_rates=tuple(share(f"rate_{n}") for n in range(1, generations + 1)),
        )


@require_safe
def simulator_page(request: HttpRequest) -> HttpResponse:
    """Nothing is saved: the address is the question, so it can be kept and shared."""
    if not request.user.has_perm("kameng.view_commissionpolicy"):
        raise PermissionDenied
    is_asked = "agent" in request.GET
    form = (
        SimulatorForm(request.GET)
        if is_asked
        else SimulatorForm(initial={"policy": request.GET.get("policy", "")})
    )
    found: Simulation | None = None
    if is_asked and form.is_valid():
        found = simulate(
            agent=form.cleaned_data["agent"],
            sku=form.cleaned_data["sku"],
            quantity=form.cleaned_data["quantity"],
            unit_cost=form.cleaned_data["unit_cost"],
            policy=form.wanted_policy(),
        )
    context = {
        **admin.site.each_context(request),
        "title": _("Commission simulator"),
        "form": form,
        "found": found,
    }
    return render(
        request,
        "admin/kameng/simulator.html",
        context,
        status=422 if is_asked and form.errors else 200,
    )
