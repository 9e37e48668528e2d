"""Forms of single price rules: they look at what a change would break before it is saved."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextInputWidget,
)

from kameng.errors import PriceRefused
from kameng.models import ContractPrice, DownlineMarkup, PriceKind
from kameng.price_items import PriceItem
from kameng.price_words import problem_sentences
from kameng.services.price_changes import preview
from users.backoffice import reason_field

SHOWN_PROBLEMS = 10


class _PriceForm(forms.ModelForm):
    """`items` says what the form wants; a refusal stands in the form, beside what was typed."""

    reason = reason_field()

    def clean(self) -> dict[str, Any]:
        # Not the model's own constraints: the service says the same in words of the business.
        cleaned: dict[str, Any] = self.cleaned_data
        if not self.errors:
            try:
                problems = problem_sentences(preview(items=self.items())[:SHOWN_PROBLEMS])
            except PriceRefused as refused:
                field = refused.field if refused.field in self.fields else None
                self.add_error(field, str(refused))
            else:
                for sentence in problems:
                    self.add_error(None, sentence)
        return cleaned

    def items(self) -> list[PriceItem]:
        raise NotImplementedError


class ContractForm(_PriceForm):
    price = forms.DecimalField(
        label=_("price"),
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text=_("In yuan, for one. Not below the cost, nor below what the upline pays."),
    )
    valid_from = forms.SplitDateTimeField(
        label=_("from"),
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text=_("Empty: from now on."),
    )

    class Meta:
        model = ContractPrice
        fields = ("agent", "sku", "price", "valid_from", "valid_until")

    def items(self) -> list[PriceItem]:
        said = self.cleaned_data
        if self.instance.pk is None and not said.get("valid_from"):
            said["valid_from"] = timezone.now()
        is_new = self.instance.pk is None
        return [
            PriceItem(
                kind=PriceKind.CONTRACT,
                value=said["price"],
                row_id=self.instance.pk,
                agent_id=said["agent"].pk if is_new else self.instance.agent_id,
                sku_id=said["sku"].pk if is_new else self.instance.sku_id,
                valid_from=said.get("valid_from") or self.instance.valid_from,
                valid_until=said.get("valid_until"),
            )
        ]

    def saved(self) -> ContractPrice:
        item = self.items()[0]
        if item.row_id:
            return ContractPrice.objects.get(pk=item.row_id)
        assert item.valid_from is not None, "items fills it in"
        return ContractPrice.objects.get(
            agent=item.agent_id, sku=item.sku_id, valid_from=item.valid_from
        )


class MarkupForm(_PriceForm):
    percent = forms.DecimalField(
        label=_("added share (%)"),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("What the direct downline pays above the upline's own price."),
    )

    class Meta:
        model = DownlineMarkup
        fields = ("upline", "category", "sku")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.initial["percent"] = (self.instance.rate * 100).normalize()

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("category") and self.cleaned_data.get("sku"):
            self.add_error("sku", _("Choose either a category or a SKU."))
        return super().clean()

    def items(self) -> list[PriceItem]:
        said = self.cleaned_data
        is_new = self.instance.pk is None
        category = said.get("category") if is_new else self.instance.category
        sku = said.get("sku") if is_new else self.instance.sku
        return [
            PriceItem(
                kind=PriceKind.MARKUP,
                value=said["percent"] / 100,
                agent_id=said["upline"].pk if is_new else self.instance.upline_id,
                category_id=category.pk if category else None,
                sku_id=sku.pk if sku else None,
            )
        ]

    def saved(self) -> DownlineMarkup:
        item = self.items()[0]
        return DownlineMarkup.objects.get(
            upline=item.agent_id, category=item.category_id, sku=item.sku_id
        )
