"""Prices as files: download, edit in a spreadsheet, upload; what differs is shown first."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminFileFieldWidget

from catalog.models import Category
from kameng.admin.price_table_page import must_edit_prices
from kameng.models import (
    ChangeSource,
    ContractPrice,
    Tier,
)
from kameng.price_files import (
    FileReading,
    contract_table,
    read_contract_file,
    read_tier_file,
    tier_table,
)
from kameng.services.price_changes import draft_changes
from reconciliation.reading import MAX_BYTES, Unreadable
from ui.exports import as_format, table_file
from users.backoffice import staff

_KINDS = ("tiers", "contracts")
SHOWN_NOTES = 30


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        widget=UnfoldAdminFileFieldWidget,
        help_text=_("CSV or Excel (.xlsx), up to 20 MB and 20,000 lines."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def upload_page(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Download the prices as a file, or upload one: what differs is shown before it is saved."""
    must_edit_prices(request)
    if kind not in _KINDS:
        raise PermissionDenied
    file_format = as_format(request.GET.get("format"))
    if file_format:
        if kind == "contracts":
            contracts = ContractPrice.objects.order_by("agent", "sku", "valid_from")
            return table_file(
                "contract-prices", *contract_table(contracts), file_format=file_format
            )
        key = request.GET.get("category", "")
        category = Category.objects.filter(pk=key).first() if key.isdigit() else None
        return table_file("tier-prices", *tier_table(category), file_format=file_format)
    form = UploadForm(request.POST or None, request.FILES or None)
    notes: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            reading = _read_upload(kind, form.cleaned_data["file"])
        except Unreadable as unreadable:
            form.add_error("file", str(unreadable.message))
        else:
            if reading.bad:
                form.add_error(
                    "file",
                    gettext("%(bad)d of %(lines)d lines can't be used, so none was taken.")
                    % {"bad": len(reading.bad), "lines": reading.lines},
                )
                notes = [
                    gettext("line %(line)d: %(text)s") % {"line": note.line, "text": note.text}
                    for note in reading.bad[:SHOWN_NOTES]
                ]
                if len(reading.bad) > SHOWN_NOTES:
                    notes.append(
                        gettext("and %(count)d more") % {"count": len(reading.bad) - SHOWN_NOTES}
                    )
            elif not reading.items:
                messages.info(
                    request, gettext("Nothing in the file differs from the prices as they are.")
                )
            else:
                changes = draft_changes(
                    items=reading.items, actor=staff(request), source=ChangeSource.FILE
                )
                return HttpResponseRedirect(
                    reverse("admin:kameng_pricechangeset_change", args=[changes.pk])
                )
    context = {
        **admin.site.each_context(request),
        "title": _("Contract prices as a file")
        if kind == "contracts"
        else _("Tier prices as a file"),
        "kind": kind,
        "form": form,
        "notes": notes,
        "tiers": Tier.objects.order_by("rank"),
        "categories": Category.objects.filter(parent=None).order_by("tree_id"),
    }
    return render(
        request, "admin/kameng/price_upload.html", context, status=422 if form.errors else 200
    )


def _read_upload(kind: str, upload: Any) -> FileReading:
    if upload.size > MAX_BYTES:
        raise Unreadable(_("This file is larger than 20 MB: split it."))
    read = read_contract_file if kind == "contracts" else read_tier_file
    return read(upload.read(), upload.name)
