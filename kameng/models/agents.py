"""Agents and their tree, tiers."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from mptt.models import MPTTModel, TreeForeignKey

from catalog.models import Named
from ledger.models import Account
from orders.limit_fields import BuyerLimits, GroupLimits


class Tier(GroupLimits, Named):
    """总代, 一级, 二级, …: decides an agent's prices and limits. Rank 0 is the master tier."""

    code = models.SlugField(_("code"), unique=True)
    rank = models.PositiveSmallIntegerField(_("rank"), unique=True)

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        ordering = ["rank"]


class AgentStatus(models.TextChoices):
    ACTIVE = "active", _("active")
    SUSPENDED = "suspended", _("suspended")


class Agent(BuyerLimits, MPTTModel):
    """An approved agent: a node of the agent tree.

    `upline_ids` is the stored path to the root, direct upline first: an order reads its uplines
    from here, never from MPTT's numbering. Tree writes are in kameng/services/tree.py only.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="agent", verbose_name=_("person")
    )
    parent = TreeForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="direct_downline",
        verbose_name=_("upline"),
    )
    tier = models.ForeignKey(Tier, models.PROTECT, related_name="agents", verbose_name=_("tier"))
    name = models.CharField(_("name"), max_length=100)
    status = models.CharField(
        _("status"), max_length=12, choices=AgentStatus.choices, default=AgentStatus.ACTIVE
    )
    suspended_reason = models.CharField(_("reason for suspension"), max_length=200, blank=True)
    invite_code = models.CharField(_("invite code"), max_length=16, unique=True)
    upline_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    wallet = models.OneToOneField(Account, models.PROTECT, related_name="+")
    commission_payable = models.OneToOneField(Account, models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(_("approved"), auto_now_add=True)

    # Numbered by MPTT.
    tree_id: int
    level: int
    lft: int
    rght: int

    class MPTTMeta:
        order_insertion_by: list[str] = []

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.status == AgentStatus.ACTIVE
