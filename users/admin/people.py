"""People and the audit log in the back office."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Model, OneToOneField, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from users import audit, second_factor
from users.backoffice import ReadOnly, ReasonForm, ask, staff
from users.errors import PersonError
from users.models import AuditLog, Notice, OutgoingMail, User
from users.notices.words import told_of

admin.site.unregister(Group)

_RIGHTS = ("is_active", "is_staff", "is_superuser")


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    """What groups of staff may do."""


def _roles() -> list[tuple[str, type[Model], str]]:
    """Everything that a person can be besides staff: each app says so by one row per person.

    Found, not named: the roles live in apps that this one doesn't know.
    """
    return [
        (f"is_{relation.get_accessor_name()}", relation.related_model, relation.field.attname)
        for relation in User._meta.related_objects
        if isinstance(relation.field, OneToOneField)
    ]


class RoleFilter(admin.SimpleListFilter):
    title = _("role")
    parameter_name = "role"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[User]
    ) -> list[tuple[str, str]]:
        roles = [(name, str(model._meta.verbose_name)) for name, model, _attname in _roles()]
        return [("is_staff", gettext("staff")), *roles, ("none", gettext("no role yet"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        names = ["is_staff", *(name for name, _model, _attname in _roles())]
        if self.value() == "none":
            return queryset.filter(**dict.fromkeys(names, False))
        chosen = self.value()
        return queryset.filter(**{chosen: True}) if chosen in names else queryset


@admin.register(User)
class PersonAdmin(UserAdmin, ModelAdmin):
    """Who is there, what they are, and whether they may log in."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "phone", "name", "roles", "is_active", "last_login", "date_joined")
    list_filter = (
        RoleFilter,
        "is_active",
        ("second_factor_at", admin.EmptyFieldListFilter),
        "date_joined",
    )
    actions_detail = ("reset_second_factor",)
    search_fields = ("username", "phone", "first_name", "last_name", "email")
    ordering = ("-date_joined",)
    list_per_page = 50
    show_full_result_count = False
    readonly_fields = ("last_login", "date_joined", "roles", "second_factor_at")
    fieldsets = (
        (None, {"fields": ("username", "phone", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "roles")}),
        (
            _("Rights"),
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        (_("Dates"), {"fields": ("last_login", "date_joined", "second_factor_at")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "phone", "password1", "password2")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people: QuerySet[User] = super().get_queryset(request)
        return people.annotate(
            **{
                name: Exists(model._default_manager.filter(**{attname: OuterRef("pk")}))
                for name, model, attname in _roles()
            }
        )

    @admin.display(description=_("name"))
    def name(self, person: User) -> str:
        return person.get_full_name()

    @admin.display(description=_("roles"))
    def roles(self, person: User) -> str:
        found = [gettext("staff")] if person.is_staff else []
        found += [
            str(model._meta.verbose_name)
            for name, model, _attname in _roles()
            if getattr(person, name, False)
        ]
        return " · ".join(found) or "—"

    def save_model(self, request: HttpRequest, obj: User, form: object, change: bool) -> None:
        """Whoever may log in, or work here, is worth an audit record."""
        before = User.objects.filter(pk=obj.pk).values_list(*_RIGHTS).first()
        super().save_model(request, obj, form, change)
        after = (obj.is_active, obj.is_staff, obj.is_superuser)
        if before != after:
            actor = request.user
            assert isinstance(actor, User)
            audit.record(
                actor=actor,
                action="change_person",
                target=f"user:{obj.pk}",
                is_active=int(obj.is_active),
                is_staff=int(obj.is_staff),
                is_superuser=int(obj.is_superuser),
            )

    @action(description=_("Reset the second step…"), url_path="second-factor")
    def reset_second_factor(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """For an owner who has lost app and recovery codes, and was recognised otherwise."""
        if not staff(request).has_perm("users.change_user"):
            raise PermissionDenied
        person = get_object_or_404(User, pk=object_id)
        back = reverse("admin:users_user_change", args=[person.pk])
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                ended = second_factor.reset(
                    person=person, actor=staff(request), reason=form.cleaned_data["reason"]
                )
            except PersonError as error:
                messages.error(request, str(error))
            else:
                text = _("The second step is off, and %(count)d devices are logged out.")
                messages.success(request, text % {"count": ended})
            return HttpResponseRedirect(back)
        return ask(
            request,
            site=self.admin_site,
            title=_("Reset the second step of %(person)s") % {"person": person},
            explanation=_(
                "Be sure who asks: from now on their password alone opens the account. App and"
                " recovery codes are deleted, all their devices are logged out, and they are told"
                " with your reason."
            ),
            form=form,
            button=_("Reset the second step"),
            back=back,
        )

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """People stay: their orders and money do. Closing an account is `is_active`."""
        return False


@admin.register(AuditLog)
class AuditLogAdmin(ModelAdmin):
    """Who did what to what, and why. Nobody changes it here; the database refuses it as well."""

    list_display = ("at", "actor", "action", "target", "reason")
    list_filter = ("action", "at")
    search_fields = ("target", "actor__username", "reason")
    list_select_related = ("actor",)
    date_hierarchy = "at"
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Notice)
class NoticeAdmin(ReadOnly, ModelAdmin):
    """What a person was told, and whether they read it."""

    list_display = ("created_at", "user", "title", "audience", "read_at")
    list_filter = ("audience", ("read_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__phone", "kind")
    show_full_result_count = False
    fields = ("user", "audience", "title", "text", "created_at", "read_at")
    readonly_fields = fields

    @admin.display(description=_("title"))
    def title(self, notice: Notice) -> str:
        return told_of(notice).title

    @admin.display(description=_("text"))
    def text(self, notice: Notice) -> str:
        return told_of(notice).text


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnly, ModelAdmin):
    """Which mail left, which waits, which was given up and why."""

    list_display = ("created_at", "user", "address", "subject", "sent_at", "attempts", "problem")
    list_filter = (
        ("sent_at", admin.EmptyFieldListFilter),
        ("next_attempt_at", admin.EmptyFieldListFilter),
        "created_at",
    )
    list_select_related = ("user",)
    search_fields = ("address", "user__username", "subject")
    show_full_result_count = False
