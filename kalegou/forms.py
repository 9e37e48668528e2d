"""What people fill in at the shop."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.accounts import clean_account
from catalog.errors import AccountInvalid
from catalog.models import SKU, AccountField, AccountFieldKind, DeliveryKind
from kalegou.contacts import Contact
from kalegou.topups import MAX_TYPED_LENGTH
from ui.widgets import PhoneInput, StepperInput
from users.forms import PhoneForm
from users.phones import normalise_mobile

ACCOUNT_PREFIX = "account-"
_PHONE = AccountField(name="phone", kind=AccountFieldKind.MOBILE, max_length=11)


class TopupForm(forms.Form):
    """The number; the amounts are drawn beside it and read by kalegou.topups."""

    phone = forms.CharField(
        label=_("Number to top up"),
        max_length=MAX_TYPED_LENGTH,
        error_messages={"required": _("Enter the number to top up.")},
        widget=PhoneInput(attrs={"placeholder": _("Enter a mobile number")}, large=True),
    )

    def clean_phone(self) -> str:
        try:
            return clean_account([_PHONE], {"phone": self.cleaned_data["phone"]})["phone"]
        except AccountInvalid as error:
            raise forms.ValidationError(str(error.errors["phone"])) from None


class ProductForm(forms.Form):
    """One SKU of a product, how many, and the account that a top-up charges."""

    sku = forms.CharField(error_messages={"required": _("Choose one of these.")})

    def __init__(
        self, *args: Any, skus: Sequence[SKU], fields: Sequence[AccountField], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.skus = {sku.code: sku for sku in skus}
        self.account_fields = fields
        for field in fields:
            self.fields[ACCOUNT_PREFIX + field.name] = forms.CharField(
                label=field.title,
                # Length and content are catalog.accounts' business: it says what is wrong.
                strip=False,
                error_messages={"required": _("This is needed.")},
                widget=_account_widget(field),
            )
        if any(sku.kind == DeliveryKind.CARD for sku in skus):
            largest = max(sku.max_quantity for sku in skus)
            self.fields["quantity"] = forms.IntegerField(
                label=_("Quantity"), min_value=1, max_value=largest, widget=StepperInput
            )

    @property
    def account_bound_fields(self) -> list[forms.BoundField]:
        return [self[ACCOUNT_PREFIX + field.name] for field in self.account_fields]

    def clean_sku(self) -> SKU:
        sku = self.skus.get(self.cleaned_data["sku"])
        if sku is None:
            raise forms.ValidationError(_("Choose one of these."))
        return sku

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        names = [field.name for field in self.account_fields]
        raw = {name: cleaned.get(ACCOUNT_PREFIX + name) for name in names}
        cleaned["account"] = {}
        if all(value is not None for value in raw.values()):
            try:
                cleaned["account"] = clean_account(self.account_fields, raw)
            except AccountInvalid as error:
                for name, message in error.errors.items():
                    self.add_error(ACCOUNT_PREFIX + name, str(message))
        return cleaned


def _account_widget(field: AccountField) -> forms.Widget:
    match field.kind:
        case AccountFieldKind.MOBILE:
            return PhoneInput()
        case AccountFieldKind.DIGITS:
            return forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        case AccountFieldKind.EMAIL:
            return forms.EmailInput(attrs={"autocomplete": "email"})
        case _:
            return forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})


class PaymentForm(forms.Form):
    """How to pay. `seen_price` is the unit price that the page showed, `seen_points` its points.

    `seen_coupon` is what its coupon took off.
    """

    payment = forms.ChoiceField(
        label=_("Pay with"),
        error_messages={
            "required": _("Choose how to pay."),
            "invalid_choice": _("Choose how to pay."),
        },
    )
    seen_price = forms.DecimalField(
        required=False, min_value=Decimal("0.01"), max_digits=20, decimal_places=4
    )

    seen_points = forms.IntegerField(required=False, min_value=0)
    seen_coupon = forms.DecimalField(
        required=False, min_value=Decimal(0), max_digits=12, decimal_places=2
    )

    def __init__(self, *args: Any, methods: Sequence[tuple[str, str | Promise]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["payment"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = methods


class ContactForm(forms.Form):
    """How to reach a guest; both may stay empty."""

    contact_phone = forms.CharField(
        label=_("Your mobile number"),
        required=False,
        max_length=MAX_TYPED_LENGTH,
        help_text=_("To find this order again on any device, by a code that we send you."),
        widget=PhoneInput,
    )
    contact_email = forms.EmailField(
        label=_("Your e-mail address"),
        required=False,
        max_length=254,
        help_text=_("To have the codes sent to you."),
        error_messages={"invalid": _("Enter an e-mail address like name@example.com.")},
        widget=forms.EmailInput({"autocomplete": "email", "spellcheck": "false"}),
    )

    def clean_contact_phone(self) -> str:
        typed: str = self.cleaned_data["contact_phone"]
        phone = normalise_mobile(typed)
        if typed and phone is None:
            raise forms.ValidationError(
                _("Enter a mainland mobile number of 11 digits, or leave it empty.")
            )
        return phone or ""

    @property
    def contact(self) -> Contact:
        """What was left; the form must be valid."""
        return Contact(self.cleaned_data["contact_phone"], self.cleaned_data["contact_email"])


class CouponCodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=30,
        error_messages={"required": _("Type the code of the coupon.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class FindOrderForm(PhoneForm):
    """An order's number, and the phone that was left with it."""

    order_no = forms.CharField(
        label=_("Order number"),
        max_length=40,
        error_messages={"required": _("Enter the order number.")},
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "autofocus": True}),
    )
    field_order = ("order_no", "phone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        phone = self.fields["phone"]
        phone.label = _("Mobile number that you left with the order")
        phone.widget.attrs.pop("autofocus", None)

    def clean_order_no(self) -> str:
        """As it is written on the page, whatever the copying brought along."""
        typed: str = self.cleaned_data["order_no"]
        order_no = "".join(typed.split())
        if not re.fullmatch(r"[0-9A-Za-z-]{6,32}", order_no, re.ASCII):
            raise forms.ValidationError(_("This is no order number. Copy it as it is."))
        return order_no


class DepositForm(forms.Form):
    amount = forms.DecimalField(
        label=_("Amount"),
        max_digits=12,
        error_messages={
            "required": _("Enter an amount."),
            "invalid": _("Enter an amount in yuan, like 100 or 99.50."),
        },
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    gateway = forms.ChoiceField(
        label=_("Pay with"),
        error_messages={
            "required": _("Choose how to pay."),
            "invalid_choice": _("Choose how to pay."),
        },
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, gateways: Sequence[tuple[str, str | Promise]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["gateway"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = gateways
        if gateways:
            field.initial = gateways[0][0]
