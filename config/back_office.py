"""The back office's menu and first page: by what people do, not by how the code is cut."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from users.backoffice import staff
from users.desk import figures_for, waiting_for

# Every table that the back office shows has its place here; tests see to that.
MENU: list[tuple[Any, str, list[str]]] = [
    (
        _("Orders"),
        "receipt_long",
        ["orders.order", "orders.fulfilment", "payments.payment", "payments.paymentrefund"],
    ),
    (
        _("Customer service"),
        "support_agent",
        ["kalegou.ticket", "kalegou.claim", "orders.supplierclaim", "kalegou.cannedanswer"],
    ),
    (
        _("Goods"),
        "inventory_2",
        [
            "catalog.product",
            "catalog.sku",
            "catalog.category",
            "catalog.stocklot",
            "catalog.suppliercontract",
        ],
    ),
    (
        _("Suppliers"),
        "local_shipping",
        [
            "suppliers.supplierhealth",
            "suppliers.supplier",
            "suppliers.offer",
            "suppliers.proposal",
            "suppliers.suppliergoods",
            "suppliers.listrun",
            "suppliers.routingrule",
            "suppliers.maintenancewindow",
            "suppliers.alert",
            "suppliers.alertreceiver",
            "suppliers.alertdelivery",
        ],
    ),
    (
        _("Shop"),
        "storefront",
        [
            "kalegou.member",
            "kalegou.memberlevel",
            "kalegou.coupon",
            "kalegou.coupongrant",
            "kalegou.couponuse",
            "kalegou.levelchange",
            "kalegou.membergift",
            "kalegou.exchangeitem",
            "kalegou.exchangeuse",
            "kalegou.topupplan",
            "kalegou.scene",
            "kalegou.restockwish",
            "kalegou.promisemeasure",
            "kalegou.goodsmeasure",
            "kalegou.growthrecord",
            "kalegou.pointsrecord",
        ],
    ),
    (
        _("Agents"),
        "group",
        [
            "kameng.agent",
            "kameng.application",
            "kameng.diligence",
            "kameng.tier",
            "kameng.invitelink",
            "kameng.announcement",
            "kameng.poster",
            "kameng.promotext",
        ],
    ),
    (
        _("Agents' prices"),
        "sell",
        [
            "kameng.pricechangeset",
            "kameng.pricechange",
            "kameng.tierprice",
            "kameng.tierdiscount",
            "kameng.contractprice",
            "kameng.downlinemarkup",
        ],
    ),
    (
        _("Commissions"),
        "percent",
        [
            "kameng.commission",
            "kameng.commissionpolicy",
            "kameng.settlementbatch",
            "kameng.settlement",
            "kameng.settlementhold",
        ],
    ),
    (
        _("Agents' money"),
        "account_balance_wallet",
        [
            "kameng.financedesk",
            "kameng.offlinedeposit",
            "kameng.withdrawal",
            "kameng.payoutaccount",
            "kameng.deposittransfer",
            "kameng.fundsrules",
            "kameng.transferrules",
            "kameng.bankdetails",
        ],
    ),
    (
        _("Agents' programs"),
        "api",
        [
            "kameng.apikey",
            "kameng.endpoint",
            "kameng.delivery",
            "kameng.ordercallback",
            "kameng.batch",
            "kameng.orderplan",
        ],
    ),
    (
        _("Books"),
        "menu_book",
        [
            "reconciliation.difference",
            "reconciliation.statementday",
            "reconciliation.statement",
            "reconciliation.party",
            "ledger.entry",
            "ledger.posting",
            "ledger.account",
        ],
    ),
    (
        _("People and access"),
        "shield_person",
        [
            "users.user",
            "auth.group",
            "users.auditlog",
            "users.notice",
            "users.outgoingmail",
            "users.outgoingtext",
            "axes.accessattempt",
            "axes.accesslog",
            "axes.accessfailurelog",
        ],
    ),
]


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's navigation, with what this person may open. What has no place comes last."""
    allowed = _allowed(request)
    groups: list[dict[str, Any]] = [{"items": [_first_page()]}]
    for title, icon, labels in MENU:
        items = [allowed.pop(label) for label in labels if label in allowed]
        if items:
            items[0]["icon"] = icon
            groups.append({"title": title, "collapsible": True, "items": items})
    if allowed:
        groups.append({"title": _("More"), "collapsible": True, "items": list(allowed.values())})
    return groups


def _first_page() -> dict[str, Any]:
    return {"title": _("Today"), "icon": "today", "link": reverse_lazy("admin:index")}


def _allowed(request: HttpRequest) -> dict[str, dict[str, Any]]:
    """What this person may open, by `app.model`, in the admin's own words."""
    found = {}
    for app in admin.site.get_app_list(request):
        for model in app["models"]:
            if model.get("admin_url"):
                label = f"{app['app_label']}.{model['object_name'].lower()}"
                found[label] = {"title": model["name"], "link": model["admin_url"]}
    return found


def first_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What waits for this person, the longest first within what is there, and how today goes."""
    rows = waiting_for(staff(request))
    context["figures"] = figures_for(staff(request))
    context["waiting"] = [row for row in rows if row.count]
    context["quiet"] = [row for row in rows if not row.count]
    return context
