"""Marketing material with the agent's own QR code and link in it."""

from __future__ import annotations

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from kameng.access import active_agents_only, page
from kameng.models import Agent, Poster, PromoText
from kameng.posters import compose
from kameng.queries.invites import InvitationRow, choices
from kameng.services.invites import possible_tiers
from kameng.views.inviting import address_of

REMEMBERED_SECONDS = 600  # looking at a poster and then downloading it draws it once


@require_safe
@active_agents_only
def marketing(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Posters and texts, all with one invitation: the agent's own code, or a link that it chose."""
    rows = choices(agent)
    chosen = _chosen(rows, request.GET.get("code", ""))
    link = address_of(chosen.invitation)
    context = {
        "rows": rows,
        "chosen": chosen,
        "can_invite": bool(possible_tiers(agent)),
        "posters": list(Poster.objects.filter(is_shown=True)),
        "texts": [
            (text, text.filled(link=link, code=chosen.code))
            for text in PromoText.objects.filter(is_shown=True)
        ],
    }
    return page(request, agent, "marketing", context)


@require_safe
@active_agents_only
def poster(request: HttpRequest, agent: Agent, pk: int) -> HttpResponse:
    """The picture with the QR code in it, to look at or, with `?download=1`, to keep."""
    found = get_object_or_404(Poster, pk=pk, is_shown=True)
    chosen = _chosen(choices(agent), request.GET.get("code", ""))
    box = (found.qr_left, found.qr_top, found.qr_size, found.shows_code)
    key = f"poster:{found.pk}:{found.image.name}:{':'.join(map(str, box))}:{chosen.code}"
    content = cache.get(key)
    if content is None:
        content = _composed(found, chosen)
        cache.set(key, content, REMEMBERED_SECONDS)
    response = HttpResponse(content, content_type="image/png")
    if request.GET.get("download"):
        response["Content-Disposition"] = f'attachment; filename="poster-{pk}-{chosen.code}.png"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _composed(poster: Poster, chosen: InvitationRow) -> bytes:
    try:
        with poster.image.open("rb") as picture:
            return compose(
                picture,
                left=poster.qr_left,
                top=poster.qr_top,
                size=poster.qr_size,
                link=address_of(chosen.invitation),
                code=chosen.code if poster.shows_code else "",
            )
    except FileNotFoundError:
        raise Http404(poster.pk) from None


def _chosen(rows: list[InvitationRow], code: str) -> InvitationRow:
    """The open invitation with this code; anything else is the agent's own code."""
    return next((row for row in rows if row.code == code), rows[0])
