"""What staff fill in to make a coupon, and to give it to members."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
)

from kalegou.models import Coupon, CouponScope, Member, MemberLevel
from ui.formats import money
from users.backoffice import ReasonForm
from users.phones import normalise_mobile

# The goods that a scope asks for.
SETS = {
    CouponScope.CATEGORIES.value: "categories",
    CouponScope.PRODUCTS.value: "products",
    CouponScope.SKUS.value: "skus",
}


class CouponForm(forms.ModelForm):
    """One way to take something off, and only the goods that its scope asks for."""

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).strip().upper()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "kind" in self.fields:
            is_share = cleaned.get("kind") == "percent"
            for name in ("amount",) if is_share else ("percent", "cap"):
                cleaned[name] = None
            for name in ("percent", "cap") if is_share else ("amount",):
                if cleaned.get(name) is None and name not in self.errors:
                    self.add_error(name, gettext("This is needed."))
        if "scope" in self.fields:
            wanted = SETS.get(cleaned.get("scope", ""))
            for name in SETS.values():
                if name != wanted:
                    cleaned[name] = []
            if wanted and not cleaned.get(wanted):
                self.add_error(wanted, gettext("Choose at least one."))
        self._must_cover_what_was_used(cleaned)
        return cleaned

    def _must_cover_what_was_used(self, cleaned: dict[str, Any]) -> None:
        """Locks the coupon until it is saved: orders count on it at the same time."""
        now = Coupon.objects.select_for_update(no_key=True).filter(pk=self.instance.pk).first()
        if now is None:
            return
        budget, most = cleaned.get("budget"), cleaned.get("max_uses")
        if budget is not None and budget < now.used_amount:
            text = gettext("Orders have used %(amount)s of it already.")
            self.add_error("budget", text % {"amount": money(now.used_amount)})
        if most is not None and most < now.used_count:
            text = gettext("It was used on %(count)d orders already.")
            self.add_error("max_uses", text % {"count": now.used_count})


class GrantForm(ReasonForm):
    """To whom: named members, everybody of some levels, or both."""

    field_order = ("members", "levels", "reason")
    reference = forms.CharField(widget=forms.HiddenInput, max_length=40)
    members = forms.CharField(
        label=_("Members"),
        required=False,
        max_length=20_000,
        widget=UnfoldAdminTextareaWidget,
        help_text=_("Usernames or mobile numbers, one a line."),
    )
    levels = forms.ModelMultipleChoiceField(
        label=_("Everybody of these levels"),
        queryset=MemberLevel.objects.all(),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    def clean_members(self) -> list[int]:
        names = [line.strip() for line in self.cleaned_data["members"].splitlines()]
        found, unknown = [], []
        for name in dict.fromkeys(filter(None, names)):
            phone = normalise_mobile(name)
            person = Q(user__username=name) | (Q(user__phone=phone) if phone else Q())
            member = Member.objects.filter(person).values_list("pk", flat=True).first()
            found.append(member) if member else unknown.append(name)
        if unknown:
            text = gettext("Nobody of our members is called: %(names)s")
            raise forms.ValidationError(text % {"names": ", ".join(unknown[:10])})
        return [pk for pk in found if pk]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not cleaned["members"] and not cleaned["levels"]:
            raise forms.ValidationError(gettext("Name a member or choose a level."))
        return cleaned

    def chosen(self) -> QuerySet[Member]:
        who = Q(pk__in=self.cleaned_data["members"]) | Q(level__in=self.cleaned_data["levels"])
        return Member.objects.filter(who)
