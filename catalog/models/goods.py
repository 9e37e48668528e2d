"""What is sold: categories, products, SKUs, account fields — and the stock of card codes.

Card stock lies in *lanes*: a lot (one import) is dealt onto a few lanes, each card with a position.
A purchase locks one lane, takes the next positions and moves `next_position`; what is sold is never
scanned again, and a bulk order takes whole ranges. A card is sold exactly when a `CardAllocation`
covers its position; the database refuses two allocations that overlap.
"""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from mptt.models import MPTTModel, TreeForeignKey


def in_language(chinese: str, english: str) -> str:
    """Which of the two the reader understands; Chinese when there is no English."""
    is_chinese = (get_language() or "zh").startswith("zh")
    return chinese if is_chinese or not english else english


class Named(models.Model):
    """Something with a Chinese name and an English one for the English screen."""

    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return in_language(self.name, self.name_en)


class Category(MPTTModel, Named):
    parent = TreeForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("in")
    )
    code = models.SlugField(_("code"), unique=True)
    icon = models.CharField(_("icon"), max_length=40, default="package")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_visible = models.BooleanField(_("visible"), default=True)
    # Kept by mptt; named for the type checker.
    tree_id: int
    lft: int
    rght: int
    level: int

    class MPTTMeta:
        order_insertion_by = ["position", "name"]

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")


class DeliveryKind(models.TextChoices):
    CARD = "card", _("card code")
    TOPUP = "topup", _("top-up")


class Carrier(models.TextChoices):
    MOBILE = "mobile", _("China Mobile")
    UNICOM = "unicom", _("China Unicom")
    TELECOM = "telecom", _("China Telecom")
    BROADNET = "broadnet", _("China Broadnet")


class Speed(models.TextChoices):
    FAST = "fast", _("fast")
    SLOW = "slow", _("slow")


class Product(Named):
    category = TreeForeignKey(
        Category, models.PROTECT, related_name="products", verbose_name=_("category")
    )
    code = models.SlugField(_("code"), unique=True)
    kind = models.CharField(_("delivery"), max_length=8, choices=DeliveryKind.choices)
    brand = models.CharField(_("brand"), max_length=60, blank=True)
    carrier = models.CharField(_("carrier"), max_length=10, choices=Carrier.choices, blank=True)
    speed = models.CharField(_("speed"), max_length=8, choices=Speed.choices, default=Speed.FAST)
    icon = models.CharField(_("icon"), max_length=40, default="package")
    tone = models.CharField(_("tone"), max_length=20, default="neutral")
    summary = models.CharField(_("summary"), max_length=200, blank=True)
    summary_en = models.CharField(_("English summary"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True)
    description_en = models.TextField(_("English description"), blank=True)
    # Lower-case name, brand, pinyin and initials, kept by catalog.services for search as one types.
    search_key = models.CharField(max_length=400, blank=True, editable=False)
    is_on_sale = models.BooleanField(_("on sale"), default=True)
    is_official = models.BooleanField(_("official goods"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["position", "id"]

    @property
    def summary_label(self) -> str:
        return in_language(self.summary, self.summary_en)

    @property
    def description_label(self) -> str:
        return in_language(self.description, self.description_en)


class AccountFieldKind(models.TextChoices):
    MOBILE = "mobile", _("mainland mobile number")
    DIGITS = "digits", _("digits")
    EMAIL = "email", _("email address")
    TEXT = "text", _("text")


class AccountField(models.Model):
    """One thing that a top-up must know about the account: the number, a game's server, …"""

    product = models.ForeignKey(
        Product, models.CASCADE, related_name="account_fields", verbose_name=_("product")
    )
    name = models.SlugField(_("field name"), max_length=30)
    label = models.CharField(_("label"), max_length=60)
    label_en = models.CharField(_("English label"), max_length=60, blank=True)
    kind = models.CharField(
        _("kind"), max_length=10, choices=AccountFieldKind.choices, default=AccountFieldKind.TEXT
    )
    min_length = models.PositiveSmallIntegerField(_("shortest"), default=1)
    max_length = models.PositiveSmallIntegerField(_("longest"), default=64)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("account field")
        verbose_name_plural = _("account fields")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["product", "name"], name="account_field_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """The label in the reader's language."""
        return in_language(self.label, self.label_en)


class SKU(Named):
    """One thing with a price. `list_price` is what a consumer pays without any discount (CNY).

    A top-up is sold one at a time, unless it is of any amount: then `face_value` is the step, the
    quantities bound it, and all units of an order are one charge (suppliers/adapters/base.py).
    """

    product = models.ForeignKey(
        Product, models.PROTECT, related_name="skus", verbose_name=_("product")
    )
    code = models.SlugField(_("code"), max_length=60, unique=True)
    # The same as the product's (kept by the database, migration 0002): an order needs one row only.
    kind = models.CharField(_("delivery"), max_length=8, choices=DeliveryKind.choices)
    face_value = models.DecimalField(_("face value"), max_digits=20, decimal_places=4)
    list_price = models.DecimalField(_("list price"), max_digits=20, decimal_places=4)
    min_quantity = models.PositiveIntegerField(_("least at once"), default=1)
    max_quantity = models.PositiveIntegerField(_("most at once"), default=10_000)
    is_any_amount = models.BooleanField(
        _("any amount"),
        default=False,
        db_default=False,
        help_text=_(
            "Of a phone top-up: the buyer types the amount. The face value is the step, least and"
            " most at once are counted in steps. The offers' suppliers must take any amount."
        ),
    )
    is_on_sale = models.BooleanField(_("on sale"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("SKU")
        verbose_name_plural = _("SKUs")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(list_price__gt=0), name="sku_list_price_positive"),
            models.CheckConstraint(
                condition=Q(min_quantity__gte=1) & Q(max_quantity__gte=F("min_quantity")),
                name="sku_quantity_range",
            ),
            models.CheckConstraint(
                condition=Q(kind="card", is_any_amount=False)
                | Q(kind="topup", max_quantity=1)
                | Q(kind="topup", is_any_amount=True),
                name="sku_topup_is_one_or_any_amount",
            ),
        ]

    def clean(self) -> None:
        super().clean()
        if self.is_any_amount and self.product_id and not self.product.carrier:
            raise ValidationError(
                {"is_any_amount": _("Only a phone top-up of a carrier can be of any amount.")}
            )


class StockLot(models.Model):
    """One import of cards, bought from one supplier at one unit cost."""

    sku = models.ForeignKey(SKU, models.PROTECT, related_name="lots", verbose_name=_("SKU"))
    supplier_code = models.CharField(_("supplier"), max_length=50)
    unit_cost = models.DecimalField(_("unit cost"), max_digits=20, decimal_places=4)
    card_count = models.PositiveIntegerField(_("cards"), default=0)
    source = models.CharField(_("source"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("imported"), auto_now_add=True)

    class Meta:
        verbose_name = _("stock lot")
        verbose_name_plural = _("stock lots")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(unit_cost__gte=0), name="lot_cost_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id} #{self.pk}"


class StockLane(models.Model):
    """A queue of cards of one lot and one expiry date; `next_position` is the first unsold one.

    Positions run from 0 to `size`. `is_exhausted` is the only indexed column that ever changes,
    once, so that moving `next_position` is a HOT update and leaves no dead index entries.
    """

    lot = models.ForeignKey(StockLot, models.PROTECT, related_name="lanes")
    sku = models.ForeignKey(SKU, models.PROTECT, related_name="lanes", db_index=False)
    unit_cost = models.DecimalField(max_digits=20, decimal_places=4)
    expires_on = models.DateField(_("valid until"), null=True, blank=True)
    size = models.PositiveIntegerField(_("cards"))
    next_position = models.PositiveIntegerField(_("sold"), default=0)
    is_exhausted = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("stock lane")
        verbose_name_plural = _("cards by expiry date")
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(is_exhausted=True, next_position=F("size"))
                    | Q(is_exhausted=False, next_position__lt=F("size"))
                ),
                name="lane_not_oversold",
            ),
        ]
        indexes = [
            models.Index(
                fields=["sku", "expires_on", "id"],
                condition=Q(is_exhausted=False),
                name="lane_with_stock",
            ),
        ]

    def __str__(self) -> str:
        return str(self.expires_on or "—")

    @property
    def remaining(self) -> int:
        return self.size - self.next_position


class Card(models.Model):
    """One code. `sealed` is number and secret under authenticated encryption (catalog/sealing.py).

    `fingerprint` is a keyed hash of number and secret, unique over all stock: the same code can't
    be bought, imported or sold twice, and duplicates are found without decrypting.
    """

    lane = models.ForeignKey(StockLane, models.PROTECT, related_name="cards", db_index=False)
    position = models.PositiveIntegerField()
    fingerprint = models.BinaryField(unique=True)
    sealed = models.BinaryField()

    class Meta:
        verbose_name = _("card")
        verbose_name_plural = _("cards")
        constraints = [
            models.UniqueConstraint(fields=["lane", "position"], name="card_position_once"),
        ]


class _PositionRange(Func):
    function = "int4range"


class CardAllocation(models.Model):
    """A range of a lane's positions sold to one order: [first_position, end_position).

    `order_id` is the order's key (orders are above this app, so it isn't a foreign key here). It is
    null for a card that staff took out of stock, and `withdrawn_why` says why.
    The ranges of a lane follow each other without a gap, up to its `next_position`.
    """

    lane = models.ForeignKey(StockLane, models.PROTECT, related_name="allocations", db_index=False)
    first_position = models.IntegerField()
    end_position = models.IntegerField()
    order_id = models.BigIntegerField(db_index=True, null=True)
    withdrawn_why = models.CharField(max_length=200, blank=True, default="", db_default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(first_position__gte=0) & Q(end_position__gt=F("first_position")),
                name="allocation_range",
            ),
            models.CheckConstraint(
                condition=Q(order_id__isnull=False, withdrawn_why="")
                | (Q(order_id__isnull=True) & ~Q(withdrawn_why="")),
                name="allocation_sold_or_withdrawn",
            ),
            ExclusionConstraint(
                name="card_on_one_order_only",
                expressions=[
                    ("lane", RangeOperators.EQUAL),
                    (
                        _PositionRange(
                            "first_position",
                            "end_position",
                            RangeBoundary(inclusive_lower=True, inclusive_upper=False),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
