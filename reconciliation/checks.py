"""Reconciliation's part of check_ledger: what it posted is what staff resolved, line by line."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.checking import CheckResult, check_sql


def run() -> Iterable[CheckResult]:
    yield check_sql(
        "every resolution is booked as it says",
        count="SELECT count(*) FROM reconciliation_resolution",
        problems="""
            SELECT resolution.id, resolution.kind, resolution.amount, entry.reference
            FROM reconciliation_resolution resolution
            JOIN reconciliation_difference difference ON difference.id = resolution.difference_id
            JOIN reconciliation_party party ON party.id = difference.party_id
            LEFT JOIN ledger_entry entry ON entry.id = resolution.entry_id
            WHERE CASE
                WHEN resolution.kind IN ('leave', 'delivered', 'failed', 'paid', 'refunded')
                    THEN entry.id IS NOT NULL
                ELSE entry.id IS NULL
                    OR (resolution.kind <> 'booked'
                        AND entry.reference <> 'reconciliation:' || resolution.id)
                    OR NOT EXISTS (
                        SELECT FROM ledger_posting posting
                        JOIN ledger_account account ON account.id = posting.account_id
                        WHERE posting.entry_id = entry.id AND posting.amount = resolution.amount
                            AND account.scope = party.code AND account.kind =
                                CASE party.kind WHEN 'supplier' THEN 'supplier' ELSE 'cash' END)
                    OR (resolution.kind <> 'booked' AND (resolution.reversed_at IS NULL) =
                        EXISTS (SELECT FROM ledger_entry undo WHERE undo.reverses_id = entry.id))
                END""",
        sentence="resolution {0} ({1}, {2}) isn't what entry {3} says",
    )
    yield check_sql(
        "every entry of reconciliation has its resolution",
        count="SELECT count(*) FROM ledger_entry WHERE kind = 'reconciliation'",
        problems="""
            SELECT entry.reference FROM ledger_entry entry
            WHERE entry.kind = 'reconciliation' AND NOT EXISTS (
                SELECT FROM reconciliation_resolution resolution
                WHERE resolution.entry_id = entry.id)""",
        sentence="entry {0} has no resolution",
    )
    yield check_sql(
        "what differs is the sum of the statement's lines",
        count="SELECT count(*) FROM reconciliation_difference",
        problems="""
            SELECT party.code, difference.subject, difference.theirs, coalesce(lines.amount, 0)
            FROM reconciliation_difference difference
            JOIN reconciliation_party party ON party.id = difference.party_id
            LEFT JOIN LATERAL (
                SELECT sum(line.amount) AS amount FROM reconciliation_statementline line
                WHERE line.party_id = party.id AND line.subject = difference.subject) lines ON true
            WHERE difference.state <> 'settled'
                AND split_part(difference.subject, ':', 1) NOT IN ('fee', 'balance')
                AND difference.theirs <> coalesce(lines.amount, 0)""",
        sentence="{0} {1} says {2}, its lines come to {3}",
    )
