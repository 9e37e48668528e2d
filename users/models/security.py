"""How people prove who they are beyond the password, and where they are logged in."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from users.models.people import User


class SecondFactor(models.Model):
    """An authenticator app of a person (TOTP, RFC 6238), one at most.

    The secret is sealed. `last_step` is the latest half-minute whose code was used: it and those
    before are refused. `User.second_factor_at` says that it is in force, and since when.
    """

    # Not one-to-one: that is how the roles of a person are told (users/admin/people.py).
    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("person"))
    sealed_secret = models.BinaryField()
    created_at = models.DateTimeField(_("set up"), auto_now_add=True)
    confirmed_at = models.DateTimeField(_("in force since"), null=True, blank=True)
    last_step = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")
        constraints = [models.UniqueConstraint(fields=["user"], name="second_factor_once")]

    def __str__(self) -> str:
        return f"second factor of {self.user_id}"


class RecoveryCode(models.Model):
    """Comes in instead of the app's code, once. Only a keyed hash is kept."""

    user = models.ForeignKey(
        User, models.CASCADE, related_name="recovery_codes", verbose_name=_("person")
    )
    code_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        constraints = [
            models.UniqueConstraint(fields=["user", "code_hash"], name="recovery_code_once")
        ]

    def __str__(self) -> str:
        return f"recovery code #{self.pk}"


class Device(models.Model):
    """One log-in of a person: a browser, since when and from where. Ended ones are kept a while.

    `browser` is the hash of a long-lived cookie, by which a known browser is told from a new one.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="devices", verbose_name=_("person"))
    session_key = models.CharField(max_length=40)
    browser = models.CharField(max_length=64)
    user_agent = models.CharField(_("browser"), max_length=200, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    created_at = models.DateTimeField(_("logged in"), auto_now_add=True)
    last_seen_at = models.DateTimeField(_("last seen"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ["-last_seen_at"]
        indexes = [
            models.Index(
                fields=["user", "-last_seen_at"],
                condition=Q(ended_at__isnull=True),
                name="device_of_user",
            ),
            models.Index(fields=["user", "browser"], name="device_by_browser"),
            models.Index(fields=["last_seen_at"], name="device_by_age"),
        ]

    def __str__(self) -> str:
        return f"device #{self.pk}"
