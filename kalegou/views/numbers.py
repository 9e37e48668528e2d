"""The numbers that a member saved: named, removed, topped up again."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from catalog.phone_numbers import recognise
from kalegou.forms import TopupForm
from kalegou.models import Member, SavedNumber
from kalegou.recent_numbers import Recent
from kalegou.repeats import repeats
from kalegou.services import forget_number, name_number, save_number
from kalegou.services.numbers import LABEL_LENGTH
from kalegou.typed import typed
from kalegou.visitors import Visitor, visitor_of
from ui.widgets import PhoneInput
from users.errors import PersonError
from users.phones import normalise_mobile

PAGE_SIZE = 20


class NumberForm(TopupForm):
    """A number to keep, with a name."""

    label = forms.CharField(
        label=gettext_lazy("Name"),
        required=False,
        # Longer ones are refused in words by the service; the browser stops at it.
        max_length=200,
        widget=forms.TextInput(
            attrs={
                "maxlength": LABEL_LENGTH,
                "placeholder": gettext_lazy("Name, like “Mum”"),
                "autocomplete": "off",
            }
        ),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        phone = self.fields["phone"]
        phone.label = _("Mobile number")
        phone.widget = PhoneInput(attrs={"autocomplete": "off"})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def numbers(request: HttpRequest) -> HttpResponse:
    """GET lists them; POST adds one, gives one a name, or takes one off the list."""
    visitor = visitor_of(request)
    member = visitor.member
    assert member is not None, "these pages are for logged-in people"
    if request.method != "POST":
        return _show(request, visitor, NumberForm())
    if "add" in request.POST:
        form = NumberForm(request.POST)
        if not form.is_valid():
            return _show(request, visitor, form, status=422)
        try:
            save_number(
                member=member,
                phone=form.cleaned_data["phone"],
                label=form.cleaned_data["label"],
            )
        except PersonError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
            return _show(request, visitor, form, status=error.status)
        messages.success(request, _("The number is on your list."))
        return redirect("kalegou:numbers")
    return _change(request, visitor, member)


def _change(request: HttpRequest, visitor: Visitor, member: Member) -> HttpResponse:
    phone = typed(request.POST, "phone", max_length=11)
    if "forget" in request.POST:
        forget_number(member=member, phone=phone)
        messages.success(request, _("The number is off your list. Its orders stay."))
        return redirect("kalegou:numbers")
    label = request.POST.get("label", "")
    try:
        name_number(member=member, phone=phone, label=label)
    except PersonError as error:
        wrong = {"phone": phone, "label": label, "text": str(error)}
        return _show(request, visitor, NumberForm(), wrong=wrong, status=error.status)
    messages.success(request, _("The name is saved."))
    return redirect("kalegou:numbers")


def _show(
    request: HttpRequest,
    visitor: Visitor,
    form: NumberForm,
    *,
    wrong: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    search = typed(request.GET, "q", max_length=40)
    found = _search(SavedNumber.objects.filter(member=visitor.member), search)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    listed = [Recent(one.phone, one.label, one.carrier) for one in page]
    again = {one.phone: one for one in repeats(visitor, listed, most=PAGE_SIZE)}
    context = {
        "form": form,
        "page_obj": page,
        "rows": [(one, recognise(one.phone), again.get(one.phone)) for one in page],
        "q": search,
        "wrong": wrong,
        "label_length": LABEL_LENGTH,
    }
    return render(request, "kalegou/numbers.html", context, status=status)


def _search(found: QuerySet[SavedNumber], text: str) -> QuerySet[SavedNumber]:
    if not text:
        return found
    digits = normalise_mobile(text) or "".join(text.split())
    return found.filter(Q(label__icontains=text) | Q(phone__contains=digits))
