"""What can be wrong with an agent's own lists: favourites, numbers to top up, schedules."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from users.errors import PersonError


class TooManyFavourites(PersonError):
    code = "too_many_favourites"
    status = 409


class TooManyJobs(PersonError):
    code = "too_many_jobs"
    status = 409


class JobNotChangeable(PersonError):
    code = "job_not_changeable"
    status = 409
    message = _("This can't be done now: the list has moved on in the meantime. Look at it again.")


class LineCancelled(PersonError):
    code = "cancelled"
    status = 409
    message = _("Cancelled before its turn. Nothing was charged.")


class PlanInvalid(PersonError):
    code = "invalid"


class TooManyPlans(PersonError):
    code = "too_many_plans"
    status = 409


class PlanNotChangeable(PersonError):
    code = "plan_not_changeable"
    status = 409
    message = _("This can't be done now: the schedule has ended or changed. Look at it again.")


class PlanMissed(PersonError):
    """Of a run that would come hours late."""

    code = "missed"
    status = 409
    message = _("The run would have come more than six hours late. Nothing was charged.")


class PlanBudgetSpent(PersonError):
    code = "budget_spent"
    status = 409
    message = _("The budget doesn't reach for another order. Nothing was charged.")
