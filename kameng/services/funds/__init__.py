"""Agents' money in and out: bank transfers, bank accounts, withdrawals, credit lines.

Every step is one transaction that locks the wallet first, then the row, and writes one event that
the agent reads. Money moves through `ledger.post` and `ledger.reverse` only.
"""
