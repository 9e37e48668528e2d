"""The agents below: the tree, the list, one agent's page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kameng.access import agents_only, page
from kameng.forms.network import SORTS, DownlineFilter
from kameng.models import Agent
from kameng.periods import month_before
from kameng.queries import member as member_queries
from kameng.queries.network import (
    Member,
    branch,
    each,
    is_below,
    members,
    path_to,
    search,
    size_of,
)
from kameng.services.transfers import levels_below, transfer_rules
from ui.exports import Cell, as_format, table_file

PAGE_SIZE = 30


@require_safe
@agents_only
def downline(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The tree: the direct downline, or that of an agent below (`?at=`), each with its branch."""
    at = request.GET.get("at", "")
    top = _below(agent, int(at)) if at.isdecimal() and at.isascii() and len(at) < 19 else agent
    return page(
        request,
        agent,
        "downline",
        {
            "top": top,
            "path": path_to(agent, top) if top != agent else [],
            "size": size_of(agent),
            **_branch(request, agent, top),
        },
    )


@require_safe
@agents_only
def downline_branch(request: HttpRequest, agent: Agent, pk: int) -> HttpResponse:
    """The direct downline of one agent of the tree, for the page that opens it."""
    top = agent if pk == agent.pk else _below(agent, pk)
    return render(request, "kameng/_branch.html", {"top": top, **_branch(request, agent, top)})


def _branch(request: HttpRequest, me: Agent, top: Agent) -> dict[str, object]:
    after = request.GET.get("after", "")
    place = int(after) if after.isdecimal() and after.isascii() and len(after) < 10 else 0
    agents, following = branch(top, after=place, most=PAGE_SIZE)
    return {"members": members(me, agents), "following": following, "is_first": not place}


def _below(me: Agent, pk: int) -> Agent:
    """An agent below; anybody else's doesn't exist for this one."""
    found: Agent = get_object_or_404(Agent.objects.select_related("tier", "user"), pk=pk)
    if not is_below(me, found):
        raise Http404
    return found


@require_safe
@agents_only
def downline_list(request: HttpRequest, agent: Agent) -> HttpResponseBase:
    """Everybody below, searched, filtered and sorted."""
    form = DownlineFilter(request.GET)
    wanted = form.wanted()
    file_format = as_format(request.GET.get("format"))
    if file_format and form.is_valid():
        return table_file(
            "downline", _heading(), _rows(each(agent, wanted)), file_format=file_format
        )
    after = request.GET.get("after", "")
    found = search(agent, wanted, after=after, most=PAGE_SIZE)
    return page(
        request,
        agent,
        "downline_list",
        {
            "form": form,
            "wanted": wanted,
            "found": found,
            "is_first": not after,
            "size": size_of(agent),
            "members": members(agent, found.agents, with_path=True),
            "sorts": SORTS,
        },
    )


def _heading() -> list[str]:
    return [
        _("Name"),
        _("Tier"),
        _("Level below you"),
        _("Path"),
        _("Status"),
        _("Since"),
        _("Direct"),
        _("All levels"),
        _("Own purchases this month"),
        _("Branch this month"),
    ]


def _rows(found: Iterable[Member]) -> Iterator[list[Cell]]:
    for one in found:
        yield [
            one.agent.name,
            str(one.agent.tier),
            one.levels,
            " / ".join(above.name for above in one.path),
            str(one.agent.get_status_display()),
            timezone.localtime(one.agent.approved_at).date(),
            one.direct,
            one.all,
            one.sales.own,
            one.sales.branch,
        ]


@require_safe
@agents_only
def downline_agent(request: HttpRequest, agent: Agent, pk: int) -> HttpResponse:
    """One agent below: who it is, what it bought month by month, and what came of it."""
    other = _below(agent, pk)
    rules = transfer_rules()
    levels = levels_below(agent, other)
    assert levels is not None, "somebody below is some levels below"
    this_month = timezone.localdate().replace(day=1)
    month = member_queries.month_from(request.GET.get("month", ""), latest=this_month)
    agents, following = branch(other, most=PAGE_SIZE)
    (shown,) = members(agent, [other])
    return page(
        request,
        agent,
        "downline_agent",
        {
            "other": other,
            "shown": shown,
            "path": path_to(agent, other),
            "history": member_queries.history(agent, other, this_month),
            "month": month,
            "months": [month_before(this_month, n) for n in range(member_queries.MONTHS_SHOWN)],
            "goods": member_queries.goods_of(other, month),
            "markups": member_queries.markups_for(agent, other),
            "can_transfer": agent.is_active
            and other.is_active
            and rules.is_open
            and (rules.levels is None or levels <= rules.levels),
            "members": members(agent, agents),
            "following": following,
            "top": other,
        },
    )
