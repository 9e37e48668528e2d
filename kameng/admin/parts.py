"""Pieces of back-office pages about people: papers, duplicates, history."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kameng.models import Diligence, Document
from kameng.queries.duplicates import Duplicate
from kameng.queries.history import Happened
from users.uploads import is_picture


def identity(record: Diligence | None) -> SafeString | str:
    """Who stands behind an agent, masked, with the way to the record."""
    if record is None:
        return _("Nobody is known: staff never accepted papers.")
    until = (_("valid until %(day)s") if record.is_valid else _("ran out on %(day)s")) % {
        "day": record.valid_until.isoformat()
    }
    return format_html(
        '<a class="underline" href="{}">{}</a> · {} · {} · {}',
        reverse("admin:kameng_diligence_change", args=[record.pk]),
        record.legal_name,
        record.get_legal_kind_display(),
        record.masked_legal_id,
        until,
    )


def papers(documents: Iterable[Document]) -> SafeString | str:
    """All documents on the page; a picture opens large in a window of its own."""
    shown = format_html_join(
        "",
        '<figure class="border border-base-200 rounded-default p-2 dark:border-base-800"'
        ' style="width:20rem;max-width:100%">'
        '<a href="{0}" target="_blank" rel="noopener">{1}</a>'
        '<figcaption class="mt-2"><b>{2}</b> · {3}{4}</figcaption></figure>',
        ((reverse("kameng:document", args=[d.pk]), *_paper(d)) for d in documents),
    )
    if not shown:
        return "—"
    return format_html('<div class="flex flex-wrap gap-4">{}</div>', shown)


def _paper(document: Document) -> tuple[object, ...]:
    label = document.get_kind_display()
    address = reverse("kameng:document", args=[document.pk])
    if is_picture(str(document.file.name)):
        content = format_html(
            '<img src="{}" alt="{}" loading="lazy"'
            ' style="width:100%;height:13rem;object-fit:contain">',
            address,
            label,
        )
    else:
        content = format_html('<span class="underline">{}</span>', _("Open the PDF"))
    wrong = format_html(" · <b>{}</b>", _("must be replaced")) if document.must_replace else ""
    at = timezone.localtime(document.uploaded_at).strftime("%Y-%m-%d %H:%M")
    return content, label, at, wrong


def duplicates(found: Iterable[Duplicate]) -> SafeString | str:
    return format_html_join(
        "",
        '<p class="text-red-700 dark:text-red-500">{}: <a class="underline" href="{}">{}</a>'
        " ({})</p>",
        ((d.what, _address(d), d.name, d.state) for d in found),
    ) or _("Nothing like it elsewhere: neither the number, the phone nor the files.")


def _address(duplicate: Duplicate) -> str:
    if duplicate.agent_id is not None:
        return reverse("admin:kameng_agent_change", args=[duplicate.agent_id])
    return reverse("admin:kameng_application_change", args=[duplicate.application_id])


def history(rows: Iterable[Happened]) -> SafeString | str:
    return (
        format_html_join(
            "",
            '<li class="mb-2"><b>{}</b> · {} · {}{}{}</li>',
            (
                (
                    row.what,
                    timezone.localtime(row.at).strftime("%Y-%m-%d %H:%M"),
                    row.by,
                    format_html("<br>“{}”", row.reason) if row.reason else "",
                    format_html('<br><small class="opacity-70">{}</small>', row.details)
                    if row.details
                    else "",
                )
                for row in rows
            ),
        )
        or "—"
    )
