"""Telling people and programs about suppliers: once when a cause begins, once when it ends.

`suppliers.alerts.services` has the verbs; `words` makes the sentences; `sending` makes the calls.
"""
