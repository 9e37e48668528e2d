"""The form of a product page: which SKU, how many, which account."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _

from catalog.accounts import clean_account
from catalog.errors import AccountInvalid
from catalog.models import AccountField, AccountFieldKind, DeliveryKind, Product
from kameng.queries.goods import Ware
from orders.money import total_of
from ui.widgets import PhoneInput, StepperInput
from users.errors import PersonError

ACCOUNT_PREFIX = "account_"
MAX_TYPED = 500
# A fault of the order as a whole that is best told beside what people can change about it.
_BESIDE = {"out_of_stock": "quantity", "insufficient_balance": "quantity"}


def new_client_ref() -> str:
    """Each rendered form is one order, however often it is sent."""
    return f"web-{uuid.uuid4().hex}"


class BuyForm(forms.Form):
    """Every SKU of one product; a top-up is one at a time and asks for its account fields."""

    client_ref = forms.CharField(
        widget=forms.HiddenInput, validators=[RegexValidator(r"^web-[0-9a-f]{32}$")]
    )

    def __init__(
        self, product: Product, wares: Sequence[Ware], data: Any = None, **options: Any
    ) -> None:
        super().__init__(data, **options)
        self.product = product
        self.wares = {ware.sku.code: ware for ware in wares}
        self.account_fields: list[AccountField] = list(product.account_fields.all())
        self.fields["sku"] = forms.ChoiceField(
            label=_("Goods"),
            choices=[(code, ware.sku.label) for code, ware in self.wares.items()],
            error_messages={"invalid_choice": _("These goods aren't sold any more.")},
        )
        ware = self.chosen()
        if product.kind == DeliveryKind.CARD or (ware and ware.sku.is_any_amount):
            self.fields["quantity"] = self._quantity_field()
        for field in self.account_fields:
            self.fields[ACCOUNT_PREFIX + field.name] = _account_field(field)

    def _quantity_field(self) -> forms.IntegerField:
        ware = self.chosen()
        least = ware.sku.min_quantity if ware else 1
        most = ware.sku.max_quantity if ware else 10_000
        return forms.IntegerField(
            label=_("Quantity"),
            initial=least,
            min_value=least,
            max_value=most,
            widget=StepperInput,
            error_messages={
                "invalid": _("Enter a whole number."),
                "min_value": _("Choose a quantity between %(least)d and %(most)d.")
                % {"least": least, "most": most},
                "max_value": _("Choose a quantity between %(least)d and %(most)d.")
                % {"least": least, "most": most},
            },
        )

    def chosen(self) -> Ware | None:
        """The ware picked so far, else the preselected one, else the first that can be had."""
        code = (self.data.get("sku") if self.is_bound else self.initial.get("sku")) or ""
        if code in self.wares:
            return self.wares[code]
        buyable = (ware for ware in self.wares.values() if ware.is_buyable)
        return next(buyable, None) or next(iter(self.wares.values()), None)

    @property
    def visible_account(self) -> list[forms.BoundField]:
        return [self[ACCOUNT_PREFIX + field.name] for field in self.account_fields]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        typed = {f.name: cleaned.get(ACCOUNT_PREFIX + f.name) or "" for f in self.account_fields}
        missing = {name for name in typed if self.has_error(ACCOUNT_PREFIX + name)}
        try:
            cleaned["account"] = clean_account(self.account_fields, typed)
        except AccountInvalid as invalid:
            for name, message in invalid.errors.items():
                if name not in missing:
                    self.add_error(ACCOUNT_PREFIX + name, str(message))
        return cleaned

    @property
    def account(self) -> Mapping[str, str]:
        account: Mapping[str, str] = self.cleaned_data["account"]
        return account

    @property
    def units(self) -> int:
        units: int = self.cleaned_data.get("quantity", 1)
        return units

    def add_refusal(self, refusal: PersonError) -> None:
        """Put a service's refusal beside the field that it is about."""
        if isinstance(refusal, AccountInvalid):
            for name, message in refusal.errors.items():
                field = ACCOUNT_PREFIX + name
                self.add_error(field if field in self.fields else None, str(message))
            return
        field_name = refusal.field or _BESIDE.get(refusal.code) or ""
        self.add_error(field_name if field_name in self.fields else None, str(refusal))

    def renew(self) -> None:
        """Give the form a new reference: the old one belongs to an order already."""
        typed = {name: self.data.get(name) for name in self.data}
        self.data = typed | {"client_ref": new_client_ref()}


def _account_field(field: AccountField) -> forms.CharField:
    is_phone = field.kind == AccountFieldKind.MOBILE
    widget = PhoneInput(large=True) if is_phone else forms.TextInput({"autocomplete": "off"})
    if field.kind == AccountFieldKind.DIGITS:
        widget.attrs["inputmode"] = "numeric"
    return forms.CharField(
        label=field.title,
        max_length=MAX_TYPED,
        widget=widget,
        error_messages={"required": _("This is needed to deliver.")},
    )


def total(ware: Ware, quantity: int) -> Decimal:
    return total_of(ware.price, quantity)
