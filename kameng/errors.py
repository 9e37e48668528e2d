"""Errors of the wholesale portal that a person can cause."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from users.errors import PersonError

SHOWN_SENTENCES = 3


class NotAnAgent(PersonError):
    code = "not_an_agent"
    status = 403
    message = _("Only approved agents can buy here. Nothing was charged: apply to become an agent.")


class AgentSuspended(PersonError):
    code = "agent_suspended"
    status = 403
    message = _(
        "Your agent account is suspended, so it can't buy. Nothing was charged:"
        " please contact customer service."
    )


class WalletOnly(PersonError):
    code = "invalid"
    status = 422
    message = _("Agents pay from their balance. Nothing was charged: top up the balance first.")


class InviteCodeUnknown(PersonError):
    code = "invite_code_unknown"
    message = _(
        "There is no agent with this invite code. Ask your inviter for the link or the code again."
    )


class InviterNotActive(PersonError):
    code = "inviter_not_active"
    message = _("This inviter can't take in new agents at present. Ask them, or use another code.")


class InviteSwitchedOff(PersonError):
    code = "invite_switched_off"
    message = _("This invite link has been switched off. Ask your inviter for another one.")


class InviteExpired(PersonError):
    code = "invite_expired"
    message = _("This invite link has expired. Ask your inviter for a new one.")


class InviteUsedUp(PersonError):
    code = "invite_used_up"
    message = _(
        "As many people as it was made for have applied by this invite link. Ask your inviter for"
        " another one."
    )


class OtherLegalPerson(PersonError):
    code = "other_legal_person"
    message = _(
        "These are papers of somebody else. An account stays with its legal person: please contact"
        " customer service."
    )


class TierNotAllowed(PersonError):
    code = "tier_not_allowed"
    message = _("This tier isn't possible: it must be below the inviter's own tier.")


class NoTierBelow(PersonError):
    code = "no_tier_below"
    message = _("There is no tier below this inviter's, so it can't take in agents.")


class AlreadyAgent(PersonError):
    code = "already_agent"
    status = 409
    message = _("This person is an agent already.")


class ApplicationPending(PersonError):
    code = "application_pending"
    status = 409
    message = _("Your application is under review already. You will see the result on this page.")


class ApplicationDecided(PersonError):
    code = "application_decided"
    status = 409
    message = _("This application has been decided already.")


class ReasonMissing(PersonError):
    code = "reason_missing"
    message = _("Give a reason: the agent reads it, and it is kept in the audit log.")


class ValidUntilInvalid(PersonError):
    code = "valid_until_invalid"


class NotPossibleNow(PersonError):
    code = "not_possible_now"
    status = 409


class NoSandbox(PersonError):
    code = "no_sandbox"
    status = 409
    message = _(
        "There is no sandbox here at present, so nothing was made. Ask customer service to open it."
    )


class TooManyKeys(PersonError):
    code = "too_many_keys"
    status = 409


class KeyRevoked(PersonError):
    code = "key_revoked"
    status = 409
    message = _("This key has been revoked already.")


class TooManyEndpoints(PersonError):
    code = "too_many_endpoints"
    status = 409


class EndpointInvalid(PersonError):
    code = "invalid"


class SecretChanging(PersonError):
    code = "secret_changing"
    status = 409
    message = _(
        "A new secret has been made already and is waiting to take over. Let it take over first."
    )


class KeyReplaced(PersonError):
    code = "key_replaced"
    status = 409
    message = _("This key has been replaced already: rotate the newer one, or revoke this one.")


class AddressInvalid(PersonError):
    code = "invalid"


class TransferRefused(PersonError):
    code = "transfer_refused"
    status = 409


class TransferRefConflict(PersonError):
    code = "idempotency_conflict"
    status = 409
    message = _(
        "This form was sent before, with another amount or to another agent. No money moved this"
        " time: look at your transfers, then begin anew."
    )


class PriceRefused(PersonError):
    """`sentences` tell each price that would break a rule, with its figures."""

    code = "price_refused"
    status = 409
    message = _("Nothing was changed.")

    def __init__(
        self,
        message: str | None = None,
        *,
        field: str | None = None,
        sentences: Sequence[str] = (),
    ) -> None:
        self.sentences = tuple(sentences)
        told = " ".join(sentences[:SHOWN_SENTENCES])
        if len(sentences) > SHOWN_SENTENCES:
            more = _("And %(count)d more.") % {"count": len(sentences) - SHOWN_SENTENCES}
            told = f"{told} {more}"
        super().__init__(
            message or (f"{told} {self.message}" if told else self.message), field=field
        )


class ChangesDone(PersonError):
    code = "changes_done"
    status = 409
    message = _("These changes have been saved or given up in the meantime. Nothing was changed.")


class DateInPast(PersonError):
    code = "invalid"
    message = _("Choose a time in the future, or leave it empty to change the prices now.")


class HeldAlready(PersonError):
    code = "held_already"
    status = 409
    message = _("This agent's commissions are held back already.")


class NotHeld(PersonError):
    code = "not_held"
    status = 409
    message = _("This agent's commissions are not held back.")
