"""Who stands behind an agent, and until when we believe it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from kameng.errors import ValidUntilInvalid
from kameng.identity import is_credit_code, is_of_age, is_resident_id, masked
from kameng.models import Agent, Diligence
from kameng.queries.diligence import legal_person
from kameng.services.diligence import latest_valid_until
from tests import world

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    "number", ["440301199001011234", "11010519491231002X", "449900198806120139"]
)
def test_a_residents_number_with_the_right_check_digit_is_accepted(number) -> None:
    assert is_resident_id(number, today=TODAY)


@pytest.mark.parametrize(
    "number",
    [
        "440301199001011235",  # check digit
        "44030119900101123X",  # check digit
        "440301199002301239",  # 30 February
        "440301209001011232",  # not born yet
        "990301199001011230",
        "180301199001011230",  # no such province
        "44030119900101123",
        "４４０３０１１９９００１０１１２３４",  # full-width digits
        "",
    ],
)
def test_a_residents_number_that_cant_be_one_is_refused(number) -> None:
    assert not is_resident_id(number, today=TODAY)


def test_every_single_wrong_digit_of_a_number_is_found() -> None:
    right = "440301199001011234"
    for place in range(18):
        for digit in "0123456789":
            wrong = right[:place] + digit + right[place + 1 :]
            assert is_resident_id(wrong, today=TODAY) == (wrong == right)


def test_a_credit_code_is_known_by_its_check_digit() -> None:
    assert is_credit_code("91350100M000100Y43")  # the example of GB 32100
    assert not is_credit_code("91350100M000100Y44")
    assert not is_credit_code("91350100M000I00Y43")
    assert not is_credit_code("110108000000016")  # a licence number of before 2015


def test_the_eighteenth_birthday_counts() -> None:
    assert is_of_age("440301200811241230", today=TODAY)
    assert not is_of_age("440301200811251230", today=TODAY)


def test_a_masked_number_keeps_its_ends_only() -> None:
    assert masked("440301199001011234") == "4403**********1234"


def test_papers_hold_as_long_as_they_say_and_three_years_at_most() -> None:
    assert latest_valid_until(None, today=TODAY) == date(2029, 11, 24)
    assert latest_valid_until(date(2027, 1, 1), today=TODAY) == date(2027, 1, 1)
    assert latest_valid_until(date(2040, 1, 1), today=date(2028, 2, 29)) == date(2031, 2, 28)


@pytest.mark.django_db
def test_newer_papers_end_the_older_ones_and_the_last_day_counts() -> None:
    agent = world.make_agent()
    assert legal_person(agent) is None
    world.accept_papers(agent, name="陈小明")
    world.accept_papers(agent, name="陈晓明", days=0)
    person = legal_person(agent)
    assert person is not None
    assert (person.name, person.is_valid) == ("陈晓明", True)
    assert Diligence.objects.filter(agent=agent).count() == 2
    Diligence.objects.filter(ended_at=None).update(
        valid_until=timezone.localdate() - timedelta(days=1)
    )
    person = legal_person(agent)
    assert person is not None
    assert not person.is_valid


@pytest.mark.django_db
@pytest.mark.parametrize("days", [-1, 5000])
def test_a_day_that_is_over_or_too_far_away_is_refused_and_nothing_changes(days) -> None:
    agent = world.make_agent()
    with pytest.raises(ValidUntilInvalid):
        world.accept_papers(agent, days=days)
    assert not Diligence.objects.exists()


@pytest.mark.django_db
def test_the_number_lies_sealed_and_is_never_in_a_repr() -> None:
    agent = world.make_agent()
    world.accept_papers(agent, id_number="440301199001011234")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(d)::text FROM kameng_diligence d")
        stored = cursor.fetchone()[0]
    assert "440301199001011234" not in stored
    assert "4403**********1234" in stored
    assert "440301199001011234" not in repr(legal_person(agent))
    assert Agent.objects.get(pk=agent.pk).verified_at is not None
