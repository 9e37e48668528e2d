"""Money out: a bank account, an amount, and the password once more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kameng.forms.filters import BetweenDays
from kameng.forms.funds import FilesField, amount_field
from kameng.models import PayoutAccount
from kameng.models.withdrawals import WithdrawalStatus
from ui.widgets import SearchInput


class AccountForm(forms.Form):
    holder = forms.CharField(
        label=_("Account holder"),
        max_length=100,
        help_text=_("Only an account of your verified legal person."),
        error_messages={"required": _("Enter the name of the account holder.")},
    )
    bank = forms.CharField(
        label=_("Bank"), max_length=60, error_messages={"required": _("Enter the bank.")}
    )
    branch = forms.CharField(label=_("Branch"), max_length=100, required=False)
    number = forms.CharField(
        label=_("Account number"),
        max_length=60,
        help_text=_("Stored encrypted; afterwards only the last four digits are shown."),
        error_messages={"required": _("Enter the account number: 8 to 30 digits.")},
        widget=forms.TextInput(
            {"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    papers = FilesField(
        label=_("Evidence"),
        help_text=_(
            "A photo of the bank card, or the account opening permit. One to five pictures or PDFs"
            " of at most 5 MB each."
        ),
        error_messages={
            "required": _("Add a picture or PDF that shows whose account it is."),
        },
    )


class WithdrawForm(forms.Form):
    amount = amount_field(_("Amount (¥)"))
    account = forms.ModelChoiceField(
        label=_("To account"),
        queryset=PayoutAccount.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": _("Choose one of your verified accounts."),
            "invalid_choice": _("Choose one of your verified accounts."),
        },
    )
    client_ref = forms.RegexField(r"^[0-9a-zA-Z_-]{8,64}$", widget=forms.HiddenInput)

    def __init__(self, usable: Sequence[PayoutAccount], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choice = self.fields["account"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = PayoutAccount.objects.filter(pk__in=[account.pk for account in usable])
        choice.initial = usable[0].pk if usable else None


class WithdrawalFilter(BetweenDays):
    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=64,
        widget=SearchInput({"placeholder": _("Number, last digits of the account")}),
    )
    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("All")), *WithdrawalStatus.choices]
    )
    field_order = ("q", "status", "since", "until")
