"""A list of numbers to be topped up: pasted or uploaded, and what to do with repeats."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from catalog.models import Speed
from kameng.services.jobs import MOST_LINES
from kameng.topup_lists import TopupList, as_text, read_list
from reconciliation import cells
from reconciliation.reading import Unreadable, decoded, sheet_rows
from ui.widgets import SearchInput, SegmentedSelect

MAX_BYTES = 2 * 1024 * 1024
MAX_TEXT = 500_000
DROP, KEEP = "drop", "keep"


class JobForm(forms.Form):
    """`ref` makes a list that is sent twice one job; `seen` is the digest of the last preview."""

    ref = forms.CharField(
        widget=forms.HiddenInput, validators=[RegexValidator(r"^web-[0-9a-f]{32}$")]
    )
    text = forms.CharField(
        label=_("Numbers"),
        required=False,
        max_length=MAX_TEXT,
        strip=False,
        widget=forms.Textarea(
            {
                "rows": 10,
                "class": "mono",
                "spellcheck": "false",
                "autocomplete": "off",
                "placeholder": "13826507719\n138 2650 7720, 50\n13826507721, 100, 张三",
            }
        ),
        help_text=_(
            "One a line: number, amount, note. Amount and note may be missing; a first line of"
            " headings is understood. At most 5,000 lines."
        ),
    )
    file = forms.FileField(
        label=_("Or a file"),
        required=False,
        widget=forms.FileInput({"accept": ".txt,.csv,.xlsx"}),
        help_text=_("TXT, CSV or Excel (.xlsx), at most 2 MB, with the same columns."),
    )
    amount = forms.ChoiceField(label=_("Amount for lines without one"), required=False, choices=())
    speed = forms.ChoiceField(
        label=_("Speed"), choices=Speed.choices, initial=Speed.FAST, widget=SegmentedSelect
    )
    title = forms.CharField(
        label=_("Title"), required=False, max_length=80, help_text=_("For you to find it again.")
    )
    repeats = forms.ChoiceField(
        label=_("Numbers that stand in the list more than once"),
        required=False,
        choices=[(DROP, _("Top up once")), (KEEP, _("Top up each time"))],
        widget=SegmentedSelect,
        initial=DROP,
    )
    recents = forms.ChoiceField(
        label=_("Numbers that you have topped up within 24 hours"),
        required=False,
        choices=[(DROP, _("Leave out")), (KEEP, _("Top up again"))],
        widget=SegmentedSelect,
        initial=DROP,
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, amounts: Sequence[Decimal], data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        field = self.fields["amount"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", _("None: each line says it")),
            *((f"{one.normalize():f}", f"¥{one.normalize():f}") for one in amounts),
        ]
        self.listed: TopupList | None = None

    def clean_file(self) -> UploadedFile | None:
        file: UploadedFile | None = self.cleaned_data.get("file")
        if file and (file.size or 0) > MAX_BYTES:
            raise ValidationError(_("This file is larger than 2 MB: split it."))
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        file = cleaned.get("file")
        if file:
            try:
                cleaned["text"] = text_of(file)
            except Unreadable as problem:
                self.add_error("file", str(problem.message))
                return cleaned
        where = "file" if file else "text"
        if "text" not in cleaned or self.errors:
            return cleaned
        self.listed = read_list(cleaned["text"])
        if not self.listed.count:
            self.add_error(where, _("There is no number in it yet."))
        elif self.listed.count > MOST_LINES:
            self.add_error(
                where,
                _("This list has %(count)d lines, and 5,000 is the most: split it.")
                % {"count": self.listed.count},
            )
        return cleaned

    @property
    def amount_for_all(self) -> Decimal | None:
        chosen = self.cleaned_data.get("amount")
        return Decimal(chosen) if chosen else None

    def keeps(self, name: str) -> bool:
        return bool(self.cleaned_data.get(name) == KEEP)

    def show_text(self) -> None:
        """Show what was uploaded as text, so that it can be mended on the page."""
        typed = {name: self.data.get(name) for name in self.data}
        self.data = typed | {"text": self.cleaned_data.get("text", "")}

    def renew(self, **more: str) -> None:
        self.data = {name: self.data.get(name) for name in self.data} | more


class LineFilter(forms.Form):
    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=SearchInput({"placeholder": _("Number, note, order number")}),
    )


def text_of(file: UploadedFile) -> str:
    """What an uploaded list says, line for line. Raises Unreadable."""
    content = file.read()
    if content[:4] == b"PK\x03\x04":
        lines: list[list[str]] = []
        for number, row in sheet_rows(content):
            lines.extend([] for _missing in range(number - len(lines) - 1))
            lines.append([_text_of_cell(cell) for cell in row])
        return as_text(lines)
    if content[:4] == b"\xd0\xcf\x11\xe0":
        raise Unreadable(_("This is an old Excel file (.xls): save it as .xlsx or CSV."))
    return decoded(content, "")


def _text_of_cell(cell: object) -> str:
    try:
        return cells.text(cell)
    except cells.RoundedNumber:
        return str(cell)
