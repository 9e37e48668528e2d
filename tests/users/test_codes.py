"""One-time codes: good once, for one purpose, a while, a few tries; and nobody guesses them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tests import phones
from tests.threads import in_threads
from users.codes import send_code, use_code
from users.codes.limits import CodeTooSoon, TooManyCodes, TooManyGuesses
from users.codes.services import CodeWrong, forget_old_codes
from users.models import CodePurpose, OneTimeCode, OutgoingText

pytestmark = pytest.mark.django_db
LOG_IN, FIND = CodePurpose.LOG_IN, CodePurpose.FIND_ORDER


@pytest.fixture
def phone() -> str:
    return phones.new_phone()


def send(phone: str, purpose: CodePurpose = LOG_IN, **more) -> str:
    """Have a code sent; return its digits."""
    send_code(purpose=purpose, phone=phone, origin=more.pop("origin", None), **more)
    return phones.code_for(phone) if more.get("reaches", True) else ""


def use(phone: str, typed: str, purpose: CodePurpose = LOG_IN, **more) -> None:
    use_code(purpose=purpose, phone=phone, typed=typed, origin=more.pop("origin", None), **more)


def test_a_code_is_good_once(phone) -> None:
    code = send(phone)
    use(phone, f" {code[:3]} {code[3:]} ")
    with pytest.raises(CodeWrong):
        use(phone, code)


def test_only_a_keyed_hash_is_kept_and_the_message_forgets_it(phone) -> None:
    code = send(phone)
    kept = OneTimeCode.objects.get(phone=phone)
    assert code not in str(vars(kept))
    assert code.encode() not in bytes(OutgoingText.objects.get(phone=phone).sealed_code or b"")


def test_it_is_bound_to_its_purpose_its_subject_and_its_number(phone) -> None:
    code = send(phone, FIND, subject="order-1")
    for purpose, subject, number in [
        (LOG_IN, "order-1", phone),
        (FIND, "order-2", phone),
        (FIND, "order-1", phones.new_phone()),
    ]:
        with pytest.raises(CodeWrong):
            use(number, code, purpose, subject=subject)
    use(phone, code, FIND, subject="order-1")


def test_five_wrong_tries_spend_it(phone) -> None:
    code = send(phone)
    for _ in range(5):
        with pytest.raises(CodeWrong):
            use(phone, phones.other_than(code))
    with pytest.raises(CodeWrong):
        use(phone, code)


def test_after_five_minutes_it_is_too_late(phone) -> None:
    code = send(phone)
    with time_machine.travel(timezone.now() + timedelta(minutes=5)), pytest.raises(CodeWrong):
        use(phone, code)


def test_the_latest_one_counts(phone) -> None:
    first = send(phone)
    phones.let_a_minute_pass(phone)
    second = send(phone)
    if first != second:
        with pytest.raises(CodeWrong):
            use(phone, first)
    use(phone, second)


def test_a_decoy_never_fits_and_sends_nothing(phone, monkeypatch) -> None:
    monkeypatch.setattr("users.codes.services.secrets.randbelow", lambda _: 4711)
    send(phone, reaches=False)
    assert not OutgoingText.objects.filter(phone=phone).exists()
    with pytest.raises(CodeWrong):
        use(phone, "004711")
    assert OneTimeCode.objects.get(phone=phone).tries_left == 4


def test_a_number_gets_one_a_minute_and_five_an_hour(phone) -> None:
    send(phone)
    with pytest.raises(CodeTooSoon) as refusal:
        send(phone, reaches=False)
    assert 0 < refusal.value.seconds <= 60
    for _ in range(4):
        phones.let_a_minute_pass(phone)
        send(phone)
    phones.let_a_minute_pass(phone)
    with pytest.raises(TooManyCodes):
        send(phone)
    assert OutgoingText.objects.filter(phone=phone).count() == 5


def test_an_address_gets_so_many_and_guesses_so_often(phone, settings) -> None:
    settings.CODES_PER_ADDRESS_AN_HOUR = 3
    settings.WRONG_CODES_PER_ADDRESS_AN_HOUR = 2
    origin = f"test-{phone}"
    for _ in range(3):
        send(phones.new_phone(), origin=origin)
    with pytest.raises(TooManyCodes):
        send(phones.new_phone(), origin=origin)
    code = send(phone)
    for _ in range(2):
        with pytest.raises(CodeWrong):
            use(phone, phones.other_than(code), origin=origin)
    with pytest.raises(TooManyGuesses):
        use(phone, code, origin=origin)
    use(phone, code, origin="elsewhere")


@pytest.mark.django_db(transaction=True)
def test_the_same_code_used_by_many_at_once_is_good_for_one(phone) -> None:
    code = send(phone)

    def try_it(_: int) -> bool:
        try:
            use(phone, code)
        except CodeWrong:
            return False
        return True

    assert sum(in_threads(try_it, range(8), threads=8)) == 1


@pytest.mark.django_db(transaction=True)
def test_guessing_at_once_gains_no_tries(phone) -> None:
    code = send(phone)

    def guess(number: int) -> None:
        with pytest.raises(CodeWrong):
            use(phone, f"{(int(code) + 1 + number) % 1_000_000:06d}")

    in_threads(guess, range(12), threads=8)
    assert OneTimeCode.objects.get(phone=phone).tries_left == 0
    with pytest.raises(CodeWrong):
        use(phone, code)


def test_old_codes_are_forgotten(phone) -> None:
    send(phone)
    assert forget_old_codes() == 0
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert forget_old_codes() == 1
