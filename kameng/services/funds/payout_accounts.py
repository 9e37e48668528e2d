"""The bank accounts that an agent's money may go to: add → staff check → use, after a while.

An account belongs to the agent's own legal person, by the name that due diligence accepted; that
is looked at when it is added, when it is checked, and again with every withdrawal.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.sealing import fingerprint, seal, unseal
from database.sealing import SealedColumn
from kameng.errors import NotPossibleNow
from kameng.funds_errors import (
    AccountInUse,
    AccountKnown,
    DiligenceExpired,
    DiligenceMissing,
    HolderDiffers,
    NumberInvalid,
    ProofInvalid,
    TooManyAccounts,
)
from kameng.models import AccountPaper, AccountStatus, Agent, PayoutAccount
from kameng.models.withdrawals import OPEN_WITHDRAWALS
from kameng.queries.diligence import VerifiedPerson, legal_person
from kameng.services.funds.moving import given
from kameng.services.funds.rules import funds_rules
from users import audit
from users.models import User
from users.notices import tell
from users.uploads import UploadInvalid, check_document

MOST_ACCOUNTS = 3
MOST_PAPERS = 5
_NUMBER = re.compile(r"[0-9]{8,30}")
_TAIL = 4


def number_context(key: str) -> bytes:
    """What a sealed number is bound to: it doesn't open in another account's row."""
    return b"payout account:" + key.encode()


NUMBERS = SealedColumn(
    table="kameng_payoutaccount",
    column="sealed_number",
    context_column="key",
    context=number_context,
)


def known_person(agent: Agent) -> VerifiedPerson:
    """Who the agent's money may go to. Raises DiligenceMissing or DiligenceExpired."""
    person = legal_person(agent)
    if person is None:
        raise DiligenceMissing
    if not person.is_valid:
        raise DiligenceExpired
    return person


def same_name(one: str, other: str) -> bool:
    """However it was typed: full-width letters and brackets, spaces, capitals."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


@transaction.atomic
def add_account(
    *,
    agent: Agent,
    bank: str,
    branch: str,
    holder: str,
    number: str,
    papers: Sequence[UploadedFile],
) -> PayoutAccount:
    """Keep a bank account until staff have checked whose it is. Locks the agent.

    Raises DiligenceMissing, DiligenceExpired, HolderDiffers, NumberInvalid, ProofInvalid,
    AccountKnown or TooManyAccounts.
    """
    Agent.objects.select_for_update(no_key=True, of=("self",)).get(pk=agent.pk)
    person = known_person(agent)
    if not same_name(holder, person.name):
        raise HolderDiffers(
            _("The account must belong to %(name)s, the legal person that we know.")
            % {"name": person.name},
            field="holder",
        )
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", number))
    if not _NUMBER.fullmatch(digits):
        raise NumberInvalid(field="number")
    _check_papers(papers)
    open_ones = PayoutAccount.objects.filter(
        agent=agent, status__in=(AccountStatus.PENDING, AccountStatus.VERIFIED)
    )
    if open_ones.count() >= MOST_ACCOUNTS:
        raise TooManyAccounts
    key = secrets.token_hex(16)
    try:
        with transaction.atomic():
            account = PayoutAccount.objects.create(
                key=key,
                agent=agent,
                bank=bank.strip(),
                branch=branch.strip(),
                holder=person.name,
                sealed_number=seal(digits.encode(), context=number_context(key)),
                number_mark=fingerprint("payout account", digits),
                number_tail=digits[-_TAIL:],
            )
    except IntegrityError as error:
        if "payout_account_once" in str(error):
            raise AccountKnown(field="number") from error
        raise
    for paper in papers:
        AccountPaper.objects.create(account=account, file=paper)
    _record(agent.user, "add_payout_account", account)
    return account


def _check_papers(papers: Sequence[UploadedFile]) -> None:
    if not 1 <= len(papers) <= MOST_PAPERS:
        raise ProofInvalid(
            _("Add one to %(count)d pictures or PDFs that show whose account it is.")
            % {"count": MOST_PAPERS},
            field="papers",
        )
    for paper in papers:
        try:
            check_document(paper)
        except UploadInvalid as refusal:
            raise ProofInvalid(str(refusal), field="papers") from refusal


@transaction.atomic
def verify_account(*, account: PayoutAccount, actor: User, note: str) -> None:
    """Staff have seen that the account is the legal person's own; `note` says by what.

    The agent's first account can be used at once; another waits for the hours of the rules.
    Raises ReasonMissing, NotPossibleNow, HolderDiffers, DiligenceMissing or DiligenceExpired.
    """
    note = given(note)
    account = _locked(account, AccountStatus.PENDING)
    person = known_person(account.agent)
    if not same_name(account.holder, person.name):
        raise HolderDiffers(
            _("Its holder is %(holder)s, but the legal person is %(name)s now: refuse it.")
            % {"holder": account.holder, "name": person.name}
        )
    now = timezone.now()
    had_one = PayoutAccount.objects.filter(agent=account.agent, verified_at__isnull=False).exists()
    wait = timedelta(hours=funds_rules().account_cooling_hours if had_one else 0)
    account.status = AccountStatus.VERIFIED
    account.checked_by, account.verified_at, account.usable_from = actor, now, now + wait
    account.save(update_fields=["status", "checked_by", "verified_at", "usable_from"])
    _record(actor, "verify_payout_account", account, note)
    if wait:
        tell(
            account.agent.user,
            "wholesale.account_cooling",
            account=str(account),
            time=account.usable_from,
        )
    else:
        tell(account.agent.user, "wholesale.account_verified", account=str(account))


@transaction.atomic
def refuse_account(*, account: PayoutAccount, actor: User, reason: str) -> None:
    """It isn't the legal person's, or nothing shows that it is. Raises ReasonMissing or
    NotPossibleNow."""
    reason = given(reason)
    account = _locked(account, AccountStatus.PENDING)
    account.status, account.reason, account.checked_by = AccountStatus.REFUSED, reason, actor
    account.save(update_fields=["status", "reason", "checked_by"])
    _record(actor, "refuse_payout_account", account, reason)
    tell(account.agent.user, "wholesale.account_refused", account=str(account), reason=reason)


@transaction.atomic
def remove_account(*, account: PayoutAccount, actor: User, reason: str = "") -> None:
    """No money goes there any more. Raises AccountInUse while a withdrawal is on its way there."""
    account = _locked(account, AccountStatus.PENDING, AccountStatus.VERIFIED)
    if account.withdrawals.filter(status__in=OPEN_WITHDRAWALS).exists():
        raise AccountInUse
    account.status = AccountStatus.REMOVED
    account.save(update_fields=["status"])
    _record(actor, "remove_payout_account", account, reason)


@transaction.atomic
def reveal_number(*, account: PayoutAccount, actor: User) -> str:
    """The whole number, for staff who pay to it. Every look is in the audit log."""
    _record(actor, "reveal_payout_account", account)
    plain = unseal(account.sealed_number, context=number_context(account.key))
    return plain.decode()


def _locked(account: PayoutAccount, *allowed: AccountStatus) -> PayoutAccount:
    locked = (
        PayoutAccount.objects.select_for_update(of=("self",))
        .select_related("agent__user")
        .get(pk=account.pk)
    )
    if locked.status not in allowed:
        raise NotPossibleNow(
            _("This account is “%(status)s” already. Nothing was changed.")
            % {"status": locked.get_status_display()}
        )
    return locked


def _record(actor: User, action: str, account: PayoutAccount, reason: str = "") -> None:
    audit.record(
        actor=actor,
        action=action,
        target=f"payout-account:{account.pk}",
        reason=reason,
        agent=account.agent_id,
        account=str(account),
    )
