"""The books, to read. Money moves through `ledger.post` and nothing else, staff included."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import admin
from django.db.models import DecimalField, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from ledger.models import Account, Entry, Posting
from ui.formats import grouped
from users.backoffice import ReadOnly

_MONEY: DecimalField[Decimal, Decimal] = DecimalField(max_digits=20, decimal_places=4)


@admin.register(Account)
class AccountAdmin(ReadOnly, ModelAdmin):
    """How much is in every account now."""

    list_display = ("name", "kind", "scope", "owner", "unit", "balance_now", "floor", "is_guarded")
    list_filter = ("kind", "unit", "is_guarded")
    list_select_related = ("owner",)
    search_fields = ("scope", "owner__username", "owner__phone")
    show_full_result_count = False
    fields = (*list_display, "checkpoint_balance", "checkpoint_posting", "created_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        after_checkpoint = (
            Posting.objects.filter(account=OuterRef("pk"), pk__gt=OuterRef("checkpoint_posting"))
            .order_by()
            .values("account")
            .annotate(total=Sum("amount"))
            .values("total")
        )
        accounts: QuerySet[Account] = super().get_queryset(request)
        return accounts.annotate(
            now=Coalesce(
                F("balance"),
                F("checkpoint_balance") + Coalesce(Subquery(after_checkpoint), Value(Decimal(0))),
                output_field=_MONEY,
            )
        )

    @admin.display(description=_("account"))
    def name(self, account: Account) -> str:
        return str(account)

    @admin.display(description=_("balance"), ordering="now")
    def balance_now(self, account: Account) -> str:
        return grouped(getattr(account, "now", None), 4)


class PostingInline(ReadOnly, TabularInline):
    model = Posting
    extra = 0
    fields = ("account", "amount", "unit", "balance_after")
    ordering = ("id",)


@admin.register(Entry)
class EntryAdmin(ReadOnly, ModelAdmin):
    """What moved, and why."""

    list_display = ("reference", "kind", "memo", "reverses", "created_at")
    list_filter = ("kind", "created_at")
    list_select_related = ("reverses",)
    search_fields = ("reference", "memo")
    show_full_result_count = False
    inlines = (PostingInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        entries: QuerySet[Entry] = super().get_queryset(request)
        return entries.prefetch_related("postings__account")


@admin.register(Posting)
class PostingAdmin(ReadOnly, ModelAdmin):
    """The statement of an account: filter by the account's key (?account=…)."""

    list_display = ("entry", "account", "amount", "unit", "balance_after", "at")
    list_filter = ("unit", "account__kind")
    list_select_related = ("entry", "account")
    search_fields = ("entry__reference",)
    show_full_result_count = False

    @admin.display(description=_("at"))
    def at(self, posting: Posting) -> object:
        return posting.entry.created_at
