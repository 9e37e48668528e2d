"""What the price lists propose, to be accepted or refused."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import action

from suppliers.models import Proposal, ProposalKind, ProposalStatus
from suppliers.pricelists.deciding import MOST_AT_ONCE, accept, refuse
from suppliers.pricelists.floors import Floor, lowest_prices
from suppliers.pricelists.words import consequence, is_below_cost, kept, why
from ui.formats import money
from users.backoffice import ReadOnly, ReasonForm, ask, staff
from users.errors import PersonError


class ToDecide(admin.SimpleListFilter):
    """Pending ones, unless somebody asks for the others."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        decided = [choice for choice in ProposalStatus.choices if choice[0] != "pending"]
        return [*decided, ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        return [{**first, "display": ProposalStatus.PENDING.label}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Proposal]) -> QuerySet[Proposal]:
        if self.value() == "all" or "/change/" in request.path:
            return queryset
        return queryset.filter(status=self.value() or ProposalStatus.PENDING)


@admin.register(Proposal)
class ProposalAdmin(ReadOnly, ModelAdmin):
    """What the price lists propose, to be accepted or refused, one or many at once."""

    list_display = (
        "goods",
        "supplier",
        "our_sku",
        "kind",
        "how_sure",
        "cost_change",
        "lowest_price",
        "what_is_kept",
        "status",
    )
    list_filter = (ToDecide, "kind", "goods__supplier")
    list_select_related = ("goods__supplier", "sku__product", "offer")
    search_fields = ("goods__name", "goods__ref", "sku__code", "sku__product__search_key")
    fields = (
        "goods",
        "sku",
        "kind",
        "how_sure",
        "cost_change",
        "changes",
        "status",
        "decided_by",
        "decided_at",
        "reason",
    )
    readonly_fields = ("how_sure", "cost_change", "changes")
    actions = ("accept_many", "refuse_many")
    actions_detail = ("accept_one", "refuse_one")

    # --- the list ---

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """One look at the prices for all rows of the page."""
        changelist = super().get_changelist_instance(request)
        _add_floors(changelist.result_list)
        return changelist

    @admin.display(description=_("supplier"), ordering="goods__supplier__code")
    def supplier(self, proposal: Proposal) -> str:
        return proposal.goods.supplier.name

    @admin.display(description=_("SKU"), ordering="sku__code")
    def our_sku(self, proposal: Proposal) -> str:
        return f"{proposal.sku.product.label} {proposal.sku.label}"

    @admin.display(description=_("how sure, and why"), ordering="score")
    def how_sure(self, proposal: Proposal) -> SafeString:
        reasons = format_html_join("", "<li>{}</li>", ((text,) for text in why(proposal)))
        if proposal.kind == ProposalKind.GOODS:
            return format_html("<ul>{}</ul>", reasons)
        return format_html("<b>{}%</b><ul>{}</ul>", proposal.score, reasons)

    @admin.display(description=_("cost for one"), ordering="cost_after")
    def cost_change(self, proposal: Proposal) -> str:
        after = money(proposal.cost_after, 4)
        return f"{money(proposal.cost_before, 4)} → {after}" if proposal.cost_before else after

    @admin.display(description=_("sold from"))
    def lowest_price(self, proposal: Proposal) -> str:
        return money(floor.price) if (floor := _floor_of(proposal)) else ""

    @admin.display(description=_("we keep at least"))
    def what_is_kept(self, proposal: Proposal) -> str:
        floor = _floor_of(proposal)
        text = money(kept(proposal, floor), 4)
        return f"{text} ⚠" if is_below_cost(proposal, floor) else text

    @admin.display(description=_("what changes"))
    def changes(self, proposal: Proposal) -> str:
        return consequence(proposal, _floor_of(proposal))

    # --- deciding ---

    def has_decide_permission(self, request: HttpRequest, object_id: str = "0") -> bool:
        return bool(request.user.has_perm("suppliers.change_proposal"))

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.decide)
        return [
            path("decide/<slug:verb>/", page, name="suppliers_decide_proposals"),
            *super().get_urls(),
        ]

    @action(description=_("Accept the selected…"), permissions=["decide"])
    def accept_many(self, request: HttpRequest, queryset: QuerySet[Proposal]) -> HttpResponse:
        return _to_decide("accept", queryset)

    @action(description=_("Refuse the selected…"), permissions=["decide"])
    def refuse_many(self, request: HttpRequest, queryset: QuerySet[Proposal]) -> HttpResponse:
        return _to_decide("refuse", queryset)

    @action(description=_("Accept…"), url_path="accept", permissions=["decide"])
    def accept_one(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return _to_decide("accept", Proposal.objects.filter(pk=object_id))

    @action(description=_("Refuse…"), url_path="refuse", permissions=["decide"])
    def refuse_one(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return _to_decide("refuse", Proposal.objects.filter(pk=object_id))

    def decide(self, request: HttpRequest, verb: str) -> HttpResponse:
        """Say what changes for whose money, ask why, then do it: all of them or none."""
        if verb not in ("accept", "refuse") or not self.has_decide_permission(request):
            raise PermissionDenied
        is_accepted = verb == "accept"
        back = reverse("admin:suppliers_proposal_changelist")
        ids = _ids(request.GET.get("ids", ""))
        proposals = list(
            Proposal.objects.filter(pk__in=ids, status=ProposalStatus.PENDING)
            .select_related("goods__supplier", "sku__product", "offer")
            .order_by("pk")
        )
        if not proposals or len(proposals) != len(ids):
            messages.error(request, _("Some of these are decided already. Choose again."))
            return HttpResponseRedirect(back)
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            do = accept if is_accepted else refuse
            try:
                count = do(
                    proposal_ids=ids, actor=staff(request), reason=form.cleaned_data["reason"]
                )
            except PersonError as refused:
                messages.error(request, str(refused))
            else:
                messages.success(request, _done(count, is_accepted=is_accepted))
            return HttpResponseRedirect(back)
        _add_floors(proposals)
        return ask(
            request,
            site=self.admin_site,
            title=_("Accept these proposals") if is_accepted else _("Refuse these proposals"),
            explanation=_(
                "These costs count from the next order on. No money moves now; orders that are"
                " placed already keep their cost and their price."
            )
            if is_accepted
            else _(
                "Nothing changes, and the same isn't proposed again. An offer whose product costs"
                " more than it sells for stays out all the same."
            ),
            form=form,
            button=_("Accept") if is_accepted else _("Refuse"),
            back=back,
            notes=[consequence(proposal, _floor_of(proposal)) for proposal in proposals],
        )


def _add_floors(proposals: Any) -> None:
    """Give each proposal the lowest price of its SKU; a few queries for all."""
    floors = lowest_prices({proposal.sku_id for proposal in proposals})
    for proposal in proposals:
        proposal.floor = floors.get(proposal.sku_id)


def _floor_of(proposal: Proposal) -> Floor | None:
    if not hasattr(proposal, "floor"):
        _add_floors([proposal])
    floor: Floor | None = getattr(proposal, "floor", None)
    return floor


def _to_decide(verb: str, proposals: QuerySet[Proposal]) -> HttpResponse:
    ids = ",".join(
        str(pk) for pk in proposals.order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE]
    )
    url = reverse("admin:suppliers_decide_proposals", args=[verb])
    return HttpResponseRedirect(f"{url}?ids={ids}")


def _ids(text: str) -> list[int]:
    found = {int(part) for part in text.split(",") if part.isdecimal() and len(part) < 19}
    return sorted(found)[:MOST_AT_ONCE]


def _done(count: int, *, is_accepted: bool) -> str:
    if is_accepted:
        text = ngettext(
            "%(count)d proposal is accepted.", "%(count)d proposals are accepted.", count
        )
    else:
        text = ngettext("%(count)d proposal is refused.", "%(count)d proposals are refused.", count)
    return text % {"count": count}
