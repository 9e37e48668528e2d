"""Another tier or upline for an agent: asked for, shown what it changes, then done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from kameng.admin.forms import MoveForm, TierForm
from kameng.models import Agent
from kameng.price_rails import Problem
from kameng.price_words import problem_sentences
from kameng.services.agents import must_fit_tier, set_tier
from kameng.services.previewing import Consequences, if_moved, if_tier
from kameng.services.tree import move_subtree, must_be_movable
from ui.formats import money
from users.backoffice import ask, staff
from users.errors import PersonError

PROBLEMS_SHOWN = 10


class MoveActions:
    """For the admin of agents."""

    admin_site: Any

    def _agent(self, request: HttpRequest, object_id: int) -> Agent:
        raise NotImplementedError

    @action(description=gettext_lazy("Change tier…"), url_path="tier")
    def retier(self, request: HttpRequest, object_id: int) -> HttpResponse:
        agent = self._agent(request, object_id)
        return self._in_two_steps(
            request,
            agent,
            form=TierForm(_data(request), initial={"tier": agent.tier}),
            title=_("Change the tier of %(agent)s") % {"agent": agent},
            explanation=_(
                "New orders have the prices of the new tier; orders that were placed keep theirs."
                " Its uplines' commissions follow the new price."
            ),
            preview=lambda chosen: _checked_tier(agent, chosen["tier"]),
            verb=lambda chosen: set_tier(agent=agent, actor=staff(request), **chosen),
            done=_("The agent has its new tier."),
        )

    @action(description=gettext_lazy("Move…"), url_path="move")
    def move(self, request: HttpRequest, object_id: int) -> HttpResponse:
        agent = self._agent(request, object_id)
        return self._in_two_steps(
            request,
            agent,
            form=MoveForm(_data(request)),
            title=_("Move %(agent)s under another upline") % {"agent": agent},
            explanation=_(
                "Everybody below moves with it. Balances, tiers and orders that were placed stay as"
                " they are; commissions of new orders go to the new uplines. Markups of the former"
                " upline don't hold any more, the new upline's do."
            ),
            preview=lambda chosen: _checked_move(agent, chosen["upline"]),
            verb=lambda chosen: move_subtree(agent=agent, actor=staff(request), **chosen),
            done=_("The agent and everybody below it have moved."),
        )

    def _in_two_steps(
        self,
        request: HttpRequest,
        agent: Agent,
        *,
        form: TierForm | MoveForm,
        title: str,
        explanation: str | Promise,
        preview: Callable[[dict[str, Any]], Consequences],
        verb: Callable[[dict[str, Any]], object],
        done: str,
    ) -> HttpResponse:
        """The first press shows what would change; the second, with the same choice, does it."""
        back = f"../../{agent.pk}/change/"
        notes: list[str] = []
        if request.method == "POST" and form.is_valid():
            chosen = dict(form.cleaned_data)
            is_confirmed = chosen.pop("seen") == form.choice
            try:
                if is_confirmed:
                    verb(chosen)
                    messages.success(request, done)
                    return HttpResponseRedirect(back)
                notes = _sentences(preview(chosen))
                form.confirm()
            except PersonError as refusal:
                form.add_error(
                    refusal.field if refusal.field in form.fields else None, str(refusal)
                )
        return ask(
            request,
            site=self.admin_site,
            title=title,
            explanation=explanation,
            form=form,
            button=_("Do it now") if notes else _("Show what changes"),
            back=back,
            notes=notes,
        )


def _data(request: HttpRequest) -> Any:
    return request.POST.copy() if request.method == "POST" else None


def _checked_tier(agent: Agent, tier: Any) -> Consequences:
    must_fit_tier(agent, tier)
    return if_tier(agent=agent, tier=tier)


def _checked_move(agent: Agent, upline: Agent | None) -> Consequences:
    must_be_movable(agent, upline)
    return if_moved(agent=agent, upline=upline)


def _sentences(found: Consequences) -> list[str]:
    return [
        _("Agents concerned, itself included: %(count)d") % {"count": found.agents},
        _("Its own prices: %(dearer)d goods dearer, %(cheaper)d cheaper, %(same)d the same.")
        % {"dearer": found.dearer, "cheaper": found.cheaper, "same": found.same},
        *(
            f"{change.sku.product.label} {change.sku.label}: "
            f"{money(change.before, 4)} → {money(change.after, 4)}"
            for change in found.examples
        ),
        *rule_warnings(found.problems),
    ]


def rule_warnings(problems: Sequence[Problem]) -> list[str]:
    """Prices that would break a rule, said before it is done: mending them is another step."""
    if not problems:
        return []
    shown = problem_sentences(problems[:PROBLEMS_SHOWN])
    more = len(problems) - len(shown)
    return [
        _("Careful: %(count)d prices would break a rule. Mend them first, or right after:")
        % {"count": len(problems)},
        *(f"⚠ {sentence}" for sentence in shown),
        *([_("… and %(count)d more.") % {"count": more}] if more else []),
    ]
