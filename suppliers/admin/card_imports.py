"""The page that takes bought cards into stock."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from catalog.errors import ImportRefused
from catalog.imports import ImportReport
from catalog.models import SKU, DeliveryKind
from suppliers.forms import ImportForm
from suppliers.services import buy_stock
from suppliers.uploads import is_too_large
from users.backoffice import ask, staff
from users.errors import PersonError

SHOWN_NOTES = 20


def import_cards(request: HttpRequest, sku_id: int, *, site: AdminSite) -> HttpResponse:
    """Take an uploaded file of cards into stock; the same as `manage.py import_cards`."""
    if not request.user.has_perm("catalog.add_stocklot"):
        raise PermissionDenied
    sku = get_object_or_404(SKU.objects.select_related("product"), pk=sku_id)
    back = reverse("admin:catalog_sku_change", args=[sku.pk])
    if sku.kind != DeliveryKind.CARD:
        messages.error(request, _("This SKU is charged directly and has no cards."))
        return HttpResponseRedirect(back)
    form = ImportForm(
        request.POST or None, request.FILES or None, is_too_large=is_too_large(request)
    )
    notes: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            report = _import(request, sku, form)
        except ImportRefused as refused:
            form.add_error("file", str(refused))
            notes = _lines(refused.notes, refused.bad_count)
        except PersonError as refused:
            form.add_error(None, str(refused))
        else:
            _tell(request, report)
            return HttpResponseRedirect(back)
    return ask(
        request,
        site=site,
        title=_("Import cards of %(product)s %(sku)s")
        % {"product": sku.product.label, "sku": sku.label},
        explanation=_(
            "One card a line: number,secret[,expiry date]. Cards that are in stock already are"
            " skipped. The cost of the new ones is booked: stock up, debt to the supplier up."
        ),
        form=form,
        button=_("Import"),
        back=back,
        notes=notes,
    )


def _import(request: HttpRequest, sku: SKU, form: forms.Form) -> ImportReport:
    said = form.cleaned_data
    return buy_stock(
        sku=sku,
        source=said["file"].file,
        supplier_code=said["supplier"].code,
        unit_cost=said["unit_cost"],
        skip_bad=said["skip_bad"],
        source_name=said["file"].name,
        actor=staff(request),
    )


def _tell(request: HttpRequest, report: ImportReport) -> None:
    """What became of the file, as messages on the SKU's page."""
    if report.lot is None:
        messages.info(request, _("Nothing new: every card of the file is in stock already."))
    else:
        messages.success(
            request,
            ngettext(
                "%(count)d card is in stock now, for ¥%(cost)s.",
                "%(count)d cards are in stock now, for ¥%(cost)s.",
                report.imported_count,
            )
            % {"count": report.imported_count, "cost": f"{report.cost:,.2f}"},
        )
    for text, lines, count in (
        (_("Skipped as duplicates: %(lines)s"), report.duplicates, report.duplicate_count),
        (_("Left out as bad: %(lines)s"), report.bad, report.bad_count),
    ):
        if count:
            messages.warning(request, text % {"lines": "; ".join(_lines(lines, count))})


def _lines(notes: Any, count: int) -> list[str]:
    """The first notes as sentences, and how many more there are."""
    shown = [
        _("line %(line)d: %(text)s") % {"line": note.line, "text": note.text}
        for note in notes[:SHOWN_NOTES]
    ]
    if count > SHOWN_NOTES:
        shown.append(_("and %(count)d more") % {"count": count - SHOWN_NOTES})
    return shown
