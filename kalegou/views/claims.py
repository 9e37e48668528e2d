"""Claims after the sale, from the order's page: made, followed, added to, taken back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from kalegou.aftersale_errors import NotClaimable
from kalegou.claim_rules import open_rules, rules_for
from kalegou.models import UNDECIDED_CLAIMS, Claim, ClaimKind
from kalegou.order_pages import order_title
from kalegou.queries.claims import claimable_cards, delivered_at
from kalegou.queries.tickets import conversation
from kalegou.service_promises import CLAIM_DECIDED_WITHIN
from kalegou.services.claims import open_claim, withdraw_claim
from kalegou.services.ticketing import MAX_TEXT, MOST_PICTURES, write_message
from kalegou.views.conversations import of_own_order, own_ticket, pictures_of, shown_again
from kalegou.visitors import Visitor, visitor_of
from orders.models import Order
from users.errors import PersonError
from users.uploads import ACCEPTED_PICTURES

# More codes than this are named by their numbers instead of being ticked.
CARDS_TO_TICK = 60


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_own_order
def new_claim(request: HttpRequest, visitor: Visitor, order: Order) -> HttpResponse:
    """Say what is wrong with a delivered order, with evidence."""
    under_way = Claim.objects.filter(order=order, status__in=UNDECIDED_CLAIMS).first()
    if under_way is not None:
        return redirect("kalegou:claim", under_way.claim_no)
    cards = claimable_cards(order)
    rules = open_rules(order, delivered_at=delivered_at(order), now=timezone.now())
    refusal: PersonError | None = None
    if request.method == "POST":
        try:
            kind = request.POST.get("kind", "")
            if kind not in ClaimKind.values:
                raise NotClaimable(_("Choose what is wrong."), field="kind")
            claim = open_claim(
                order=order,
                user=visitor.user,
                kind=ClaimKind(kind),
                cards=_chosen(request, [(card.pk, card.label) for card in cards]),
                text=request.POST.get("text", ""),
                pictures=pictures_of(request),
            )
        except PersonError as error:
            refusal = error
        else:
            messages.success(
                request, _("We have your claim and look at it. You are told what we decide.")
            )
            return redirect("kalegou:claim", claim.claim_no)
    context = {
        "order": order,
        "title": order_title(order),
        "rules": rules,
        "late_rules": [rule for rule in rules_for(order) if rule not in rules],
        "cards": cards,
        "ticks_cards": len(cards) <= CARDS_TO_TICK,
        "chosen": request.POST.getlist("cards"),
        "chosen_kind": request.POST.get("kind", rules[0].kind.value if len(rules) == 1 else ""),
        "hours": int(CLAIM_DECIDED_WITHIN.total_seconds() // 3600),
        "most_pictures": MOST_PICTURES,
        "max_text": MAX_TEXT,
        "accepted": ACCEPTED_PICTURES,
    }
    return shown_again(request, "kalegou/claim_new.html", context, refusal)


def _chosen(request: HttpRequest, cards: list[tuple[int, str]]) -> list[int]:
    """The ticked codes, those named by their numbers, or the only one that there is."""
    if len(cards) == 1:
        return [cards[0][0]]
    known = {pk for pk, _label in cards}
    ticked = [int(pk) for pk in request.POST.getlist("cards") if pk.isdecimal()]
    by_label = {label: pk for pk, label in cards}
    named = request.POST.get("numbers", "").split()
    wrong = [number for number in named if number not in by_label]
    if wrong:
        raise NotClaimable(
            _("These numbers aren't among the codes of this order: %(numbers)s")
            % {"numbers": ", ".join(wrong[:5])},
            field="cards",
        )
    chosen = [pk for pk in ticked if pk in known] + [by_label[number] for number in named]
    if cards and not chosen:
        raise NotClaimable(_("Choose the codes that don't work."), field="cards")
    return chosen


ClaimView = Callable[[HttpRequest, Visitor, Claim], HttpResponse]


def _of_own_claim(view: ClaimView) -> Callable[[HttpRequest, str], HttpResponse]:
    @wraps(view)
    def guarded(request: HttpRequest, claim_no: str) -> HttpResponse:
        visitor = visitor_of(request)
        claim = (
            Claim.objects.select_related("ticket__order", "order__sku__product")
            .filter(claim_no=claim_no)
            .first()
        )
        own_ticket(visitor, claim.ticket if claim else None)
        assert claim is not None
        return view(request, visitor, claim)

    return guarded


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@_of_own_claim
def claim(request: HttpRequest, visitor: Visitor, claim: Claim) -> HttpResponse:
    """Where a claim is, what was said; more can be said and shown while it is undecided."""
    refusal: PersonError | None = None
    if request.method == "POST":
        try:
            write_message(
                ticket=claim.ticket,
                user=visitor.user,
                text=request.POST.get("text", ""),
                pictures=pictures_of(request),
            )
        except PersonError as error:
            refusal = error
        else:
            messages.success(request, _("Sent. We answer here."))
            return redirect("kalegou:claim", claim.claim_no)
    context = {
        "claim": claim,
        "order": claim.order,
        "ticket": claim.ticket,
        "title": order_title(claim.order),
        "said": conversation(claim.ticket),
        "decide_by": claim.created_at + CLAIM_DECIDED_WITHIN,
        "may_write": claim.ticket.status != "closed",
        "may_rate": claim.ticket.first_answer_at is not None and claim.ticket.rating is None,
        "accepted": ACCEPTED_PICTURES,
        "most_pictures": MOST_PICTURES,
        "max_text": MAX_TEXT,
    }
    return shown_again(request, "kalegou/claim.html", context, refusal)


@require_POST
@_of_own_claim
def withdraw(request: HttpRequest, visitor: Visitor, claim: Claim) -> HttpResponse:
    """It works after all."""
    try:
        withdraw_claim(claim=claim)
    except PersonError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("You took the claim back. You can claim again if you need to."))
    return redirect("kalegou:claim", claim.claim_no)
