"""The one User of both storefronts and the back office.

A person can be several things at once: staff (`is_staff`), agent (has a `kameng.Agent`) and member
(has a `kalegou.Member`). The roles live in their apps; here is only who logs in.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from users.phones import normalise_mobile


class PersonManager(UserManager["User"]):
    """Finds a person by username or phone."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)

    def by_login(self, login: str) -> User | None:
        """The active or inactive person who logs in with this username or mobile number."""
        login = login.strip()
        person = self.filter(username=login).first()
        if person is None and (phone := normalise_mobile(login)):
            person = self.filter(phone=phone).first()
        return person


class User(AbstractUser):
    """A person. `phone` is a mainland mobile number of 11 digits, or NULL."""

    phone = models.CharField(_("mobile number"), max_length=11, unique=True, null=True, blank=True)

    # Since when the person's second factor is in force; NULL: there is none.
    second_factor_at = models.DateTimeField(_("second factor since"), null=True, blank=True)

    objects: ClassVar[PersonManager] = PersonManager()

    class Meta(AbstractUser.Meta):
        verbose_name = _("person")  # type: ignore[assignment]  # django-stubs: str in the base
        verbose_name_plural = _("people")  # type: ignore[assignment]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(phone__isnull=True) | models.Q(phone__regex=r"^1[3-9][0-9]{9}$"),
                name="user_phone_is_mainland_mobile",
            ),
        ]

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username
