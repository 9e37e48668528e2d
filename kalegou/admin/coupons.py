"""Coupons in the back office: make them, see what they bring and cost, give them, stop them."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from kalegou.admin.coupon_forms import SETS, CouponForm, GrantForm
from kalegou.admin.coupon_losses import losses_table
from kalegou.coupon_words import from_of, what_of
from kalegou.models import Coupon, CouponGrant, CouponUse
from kalegou.services import grant_coupon, resume_coupon, stop_coupon
from ui.formats import grouped, money
from users import audit
from users.backoffice import Question, ReadOnly, ReasonForm, ask, decide, staff
from users.errors import PersonError

CHANGE = "kalegou.change_coupon"
# What members have been promised stays as it is.
PROMISED = (
    "code",
    "kind",
    "amount",
    "percent",
    "cap",
    "min_spend",
    "scope",
    "categories",
    "products",
    "skus",
    "new_members_only",
    "min_level",
    "valid_days",
)


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("running", _("running")),
            ("later", _("begins later")),
            ("over", _("over")),
            ("stopped", _("stopped")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Coupon]) -> QuerySet[Coupon]:
        now = timezone.now()
        going = queryset.filter(stopped_at=None)
        match self.value():
            case "running":
                open_end = Q(ends_at=None) | Q(ends_at__gt=now)
                return going.filter(open_end, starts_at__lte=now)
            case "later":
                return going.filter(starts_at__gt=now)
            case "over":
                return going.filter(ends_at__lte=now)
            case "stopped":
                return queryset.exclude(stopped_at=None)
        return queryset


@admin.register(Coupon)
class CouponAdmin(ModelAdmin):
    """What each coupon brought and cost; what it promises can't change once somebody has it."""

    form = CouponForm
    list_display = (
        "label",
        "code",
        "what",
        "state",
        "issued",
        "used",
        "cost",
        "revenue",
        "budget_left",
        "ends_at",
    )
    list_filter = (StateFilter, "is_public", "kind", "allows_loss")
    search_fields = ("code", "name", "name_en")
    autocomplete_fields = ("categories", "products", "skus")
    actions_detail = ("grant", "stop", "resume")
    list_per_page = 50
    readonly_fields = ("figures", "losses")
    fieldsets = (
        (None, {"fields": (("name", "name_en"), ("code", "is_public"))}),
        (
            _("What it takes off"),
            {"fields": (("kind", "min_spend"), ("amount",), ("percent", "cap"))},
        ),
        (
            _("For which goods"),
            {"fields": ("scope", "categories", "products", "skus", "allows_loss", "losses")},
        ),
        (
            _("For whom and when"),
            {
                "fields": (
                    "starts_at",
                    "ends_at",
                    "valid_days",
                    ("per_member", "new_members_only", "min_level"),
                )
            },
        ),
        (_("How much it may cost"), {"fields": (("budget", "max_uses"), "figures")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Coupon]:
        def total(rows: QuerySet[Any], what: Any) -> Subquery:
            mine = rows.filter(coupon=OuterRef("pk")).order_by().values("coupon")
            return Subquery(mine.annotate(total=what).values("total"))

        coupons: QuerySet[Coupon] = super().get_queryset(request)
        return coupons.annotate(
            issued_now=total(CouponGrant.objects.all(), Count("pk")),
            sold_now=total(CouponUse.objects.all(), Sum("sold")),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Coupon | None = None) -> Any:
        promised = obj is not None and (obj.uses.exists() or obj.grants.exists())
        return (*self.readonly_fields, *(PROMISED if promised else ()))

    def has_delete_permission(self, request: HttpRequest, obj: Coupon | None = None) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: Coupon, form: forms.ModelForm, change: bool
    ) -> None:
        actor = staff(request)
        sets = set(SETS.values())
        if change:
            # Only what was changed: orders count on this row at the same time.
            fields = [name for name in form.changed_data if name not in sets]
            if form.cleaned_data.get("kind"):
                fields += ["amount", "percent", "cap"]
            if fields:
                obj.save(update_fields=set(fields))
        else:
            obj.created_by = actor
            obj.save()
        audit.record(
            actor=actor,
            action="change_coupon" if change else "make_coupon",
            target=f"coupon:{obj.code}",
            **{name: str(form.cleaned_data[name])[:200] for name in form.changed_data},
        )

    @admin.display(description=_("name"), ordering="name")
    def label(self, coupon: Coupon) -> str:
        return coupon.label

    @admin.display(description=_("takes off"))
    def what(self, coupon: Coupon) -> str:
        return f"{what_of(coupon)} · {from_of(coupon)}"

    @display(
        description=_("state"),
        label={"running": "success", "later": "info", "over": "", "stopped": "danger"},
    )
    def state(self, coupon: Coupon) -> tuple[str, Any]:
        now = timezone.now()
        if coupon.stopped_at:
            return "stopped", _("stopped")
        if coupon.ends_at and coupon.ends_at <= now:
            return "over", _("over")
        if coupon.starts_at > now:
            return "later", _("begins later")
        return "running", _("running")

    @admin.display(description=_("given"), ordering="issued_now")
    def issued(self, coupon: Coupon) -> str:
        return grouped(getattr(coupon, "issued_now", None) or 0, 0)

    @admin.display(description=_("orders"), ordering="used_count")
    def used(self, coupon: Coupon) -> str:
        most = f" / {grouped(coupon.max_uses, 0)}" if coupon.max_uses is not None else ""
        return f"{grouped(coupon.used_count, 0)}{most}"

    @admin.display(description=_("cost"), ordering="used_amount")
    def cost(self, coupon: Coupon) -> str:
        return money(coupon.used_amount)

    @admin.display(description=_("revenue"), ordering="sold_now")
    def revenue(self, coupon: Coupon) -> str:
        return money(getattr(coupon, "sold_now", None) or 0)

    @admin.display(description=_("budget left"))
    def budget_left(self, coupon: Coupon) -> str:
        return "—" if coupon.budget is None else money(coupon.budget - coupon.used_amount)

    @admin.display(description=_("so far"))
    def figures(self, coupon: Coupon) -> str:
        if coupon._state.adding:
            return "—"
        return gettext(
            "Given %(given)s times, on %(used)s orders, cost %(cost)s, brought %(revenue)s."
        ) % {
            "given": self.issued(coupon),
            "used": self.used(coupon),
            "cost": self.cost(coupon),
            "revenue": self.revenue(coupon),
        }

    @admin.display(description=_("goods below cost"))
    def losses(self, coupon: Coupon) -> str | SafeString:
        """What the decision about losses is about: which goods, and by how much."""
        if coupon._state.adding:
            return gettext("Save it, and you see here which goods it would bring below cost.")
        return losses_table(coupon)

    @action(description=_("Give it…"), url_path="grant")
    def grant(self, request: HttpRequest, object_id: int) -> HttpResponse:
        coupon = self._coupon(request, object_id)
        form = GrantForm(request.POST or None, initial={"reference": secrets.token_hex(8)})
        if request.method == "POST" and form.is_valid():
            try:
                given = grant_coupon(
                    coupon=coupon,
                    members=form.chosen(),
                    actor=staff(request),
                    reason=form.cleaned_data["reason"],
                    reference=form.cleaned_data["reference"],
                )
            except PersonError as error:
                form.add_error(None, str(error))
            else:
                text = gettext("%(count)d members have it now, and are told.") % {"count": given}
                return self._done(request, coupon, text)
        return self._ask(
            request,
            coupon,
            form,
            title=_("Give “%(coupon)s” to members") % {"coupon": coupon.label},
            explanation=_(
                "Each gets one more: %(what)s, %(from)s. It costs us nothing until an order uses"
                " it, and never more than the coupon's budget."
            )
            % {"what": what_of(coupon), "from": from_of(coupon)},
            button=_("Give it"),
        )

    @action(description=_("Stop it…"), url_path="stop")
    def stop(self, request: HttpRequest, object_id: int) -> HttpResponse:
        coupon = self._coupon(request, object_id)
        question = Question(
            title=_("Stop “%(coupon)s”") % {"coupon": coupon.label},
            explanation=_(
                "Nobody can use it from now on, whoever has one. Orders that have it already keep"
                " what it took off, also those that still wait for their payment."
            ),
            form=ReasonForm(request.POST or None),
            button=_("Stop it"),
            verb=partial(stop_coupon, coupon=coupon, actor=staff(request)),
            done=_("Nobody can use it any more."),
            back=_page_of(coupon),
        )
        return decide(request, self.admin_site, question)

    @action(description=_("Let it go on…"), url_path="resume")
    def resume(self, request: HttpRequest, object_id: int) -> HttpResponse:
        coupon = self._coupon(request, object_id)
        question = Question(
            title=_("Let “%(coupon)s” go on") % {"coupon": coupon.label},
            explanation=_("It can be used again within its dates, its budget and its number."),
            form=ReasonForm(request.POST or None),
            button=_("Let it go on"),
            verb=partial(resume_coupon, coupon=coupon, actor=staff(request)),
            done=_("It can be used again, within its limits."),
            back=_page_of(coupon),
        )
        return decide(request, self.admin_site, question)

    def _coupon(self, request: HttpRequest, object_id: int) -> Coupon:
        if not staff(request).has_perm(CHANGE):
            raise PermissionDenied
        return get_object_or_404(Coupon, pk=object_id)

    def _done(self, request: HttpRequest, coupon: Coupon, text: str | Promise) -> HttpResponse:
        messages.success(request, str(text))
        return HttpResponseRedirect(_page_of(coupon))

    def _ask(
        self, request: HttpRequest, coupon: Coupon, form: forms.Form, **texts: Any
    ) -> HttpResponse:
        return ask(request, site=self.admin_site, form=form, back=_page_of(coupon), **texts)


def _page_of(coupon: Coupon) -> str:
    return reverse("admin:kalegou_coupon_change", args=[coupon.pk])


class _OfMembers(ReadOnly, ModelAdmin):
    list_select_related = ("coupon", "member__user")
    list_per_page = 50
    show_full_result_count = False


@admin.register(CouponGrant)
class CouponGrantAdmin(_OfMembers):
    """Who has which coupon, and how they came to it."""

    list_display = ("granted_at", "coupon", "member", "source", "expires_at")
    list_filter = ("source", "granted_at")
    search_fields = ("coupon__code", "member__user__username", "member__user__phone")


@admin.register(CouponUse)
class CouponUseAdmin(_OfMembers):
    """Which order has which coupon, what it costs us, and whether it was given back."""

    list_display = (
        "used_at",
        "coupon",
        "member",
        "order_no",
        "worth",
        "kept",
        "sold",
        "returned_at",
    )
    list_filter = (("returned_at", admin.EmptyFieldListFilter), "used_at")
    search_fields = ("order_no", "coupon__code", "member__user__username", "member__user__phone")
