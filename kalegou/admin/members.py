"""Members and their levels in the back office."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from kalegou.admin.levels import BirthdayAction
from kalegou.limits import limits_of
from kalegou.models import GrowthRecord, Member, MemberLevel
from kalegou.services.rewarding import GROWTH_COUNTS_FOR
from orders.limit_admin import LIMIT_ACTIONS, LimitActions
from orders.limit_fields import GROUP_LIMIT_FIELDS
from orders.limits import Limits
from ui.formats import grouped, money
from users import audit
from users.backoffice import ReadOnly
from users.models import User

GIFTS = (("reach_points", "reach_coupon"), ("birthday_points", "birthday_coupon"))


@admin.register(MemberLevel)
class MemberLevelAdmin(ModelAdmin):
    """What each level costs and gives; a change counts for orders from now on."""

    list_display = (
        "label",
        "code",
        "min_growth",
        "price_rate",
        "points_multiplier",
        "member_count",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "name_en"),
                    ("code", "min_growth"),
                    ("price_rate", "points_multiplier"),
                )
            },
        ),
        (
            _("Gifts"),
            {
                "fields": GIFTS,
                "description": _(
                    "Reaching the level brings its gift once for each member, a birthday once a"
                    " year. A coupon that isn't public is only for whom it is given to."
                ),
            },
        ),
        (
            _("Limits"),
            {
                "fields": GROUP_LIMIT_FIELDS,
                "description": _(
                    "In yuan, for each member of the level without limits of its own; empty: no"
                    " limit. A change holds from the next order on."
                ),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[MemberLevel]:
        levels: QuerySet[MemberLevel] = super().get_queryset(request)
        return levels.annotate(members_in=Count("members"))

    @admin.display(description=_("members"), ordering="members_in")
    def member_count(self, level: MemberLevel) -> int:
        count: int = getattr(level, "members_in", 0)
        return count

    def save_model(
        self, request: HttpRequest, obj: MemberLevel, form: object, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        actor = request.user
        assert isinstance(actor, User)
        audit.record(
            actor=actor,
            action="change_member_level",
            target=f"member_level:{obj.code}",
            min_growth=obj.min_growth,
            price_rate=str(obj.price_rate),
            points_multiplier=str(obj.points_multiplier),
            **{
                name: str(getattr(obj, name))
                for row in (*GROUP_LIMIT_FIELDS, *GIFTS)
                for name in row
            },
        )


@admin.register(Member)
class MemberAdmin(BirthdayAction, LimitActions, ReadOnly, ModelAdmin):
    """Who buys at retail: level, money, points, growth of the last 12 months, limits."""

    list_display = (
        "user",
        "phone",
        "level",
        "balance",
        "points_balance",
        "points_owed",
        "growth",
        "joined_at",
    )
    list_filter = ("level", ("verified_at", admin.EmptyFieldListFilter), "joined_at")
    search_fields = ("user__username", "user__phone", "user__first_name")
    list_select_related = ("user", "level", "wallet", "points")
    list_per_page = 50
    show_full_result_count = False
    fields = (*list_display, "birthday", "verified_at", "limits_now")
    readonly_fields = ("limits_now",)
    actions_detail = (*LIMIT_ACTIONS, "correct_birthday")

    def limits_of(self, buyer: Member) -> Limits:
        return limits_of(buyer)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        """With the growth of the last 12 months, as a subquery: the members are joined already."""
        since = timezone.now() - GROWTH_COUNTS_FOR
        earned = (
            GrowthRecord.objects.filter(member=OuterRef("pk"), earned_at__gt=since)
            .order_by()
            .values("member")
            .annotate(total=Sum("change"))
            .values("total")
        )
        members: QuerySet[Member] = super().get_queryset(request)
        return members.annotate(growth_now=Subquery(earned))

    @admin.display(description=_("growth"), ordering="growth_now")
    def growth(self, member: Member) -> int:
        total: int | None = getattr(member, "growth_now", None)
        return total or 0

    @admin.display(description=_("mobile number"))
    def phone(self, member: Member) -> str:
        return member.user.phone or "—"

    @admin.display(description=_("balance"), ordering="wallet__balance")
    def balance(self, member: Member) -> str:
        return money(member.wallet.balance)

    @admin.display(description=_("points"), ordering="points__balance")
    def points_balance(self, member: Member) -> str:
        return grouped(member.points.balance, 0)
