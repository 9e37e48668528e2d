"""What an upline adds for its own downline, set by itself."""

from __future__ import annotations

from kameng.models import Agent, ChangeSource, DownlineMarkup, PriceKind
from kameng.price_items import PriceItem
from kameng.services.price_changes import change_prices
from users.models import User

_BY_UPLINE = "set by the upline in the portal"


def set_markup(*, agent: Agent, item: PriceItem, actor: User) -> None:
    """The direct downline pays this share above the agent's own price from its next order on.

    Raises PriceRefused when somebody below would then pay less than its own upline.
    """
    assert item.kind == PriceKind.MARKUP
    assert item.agent_id == agent.pk, "an agent sets its own markups only"
    change_prices(
        items=[item], actor=actor, reason=_BY_UPLINE, source=ChangeSource.UPLINE, near=agent
    )


def remove_markup(*, agent: Agent, markup: DownlineMarkup, actor: User) -> None:
    """The direct downline pays what the next markup says, or its tiers. Raises as `set_markup`."""
    set_markup(
        agent=agent,
        item=PriceItem(
            kind=PriceKind.MARKUP,
            value=None,
            agent_id=agent.pk,
            category_id=markup.category_id,
            sku_id=markup.sku_id,
        ),
        actor=actor,
    )
