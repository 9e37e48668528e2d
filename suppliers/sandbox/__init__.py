"""Suppliers to try against: a real HTTP server that speaks the protocols of the adapters.

`python -m suppliers.sandbox --port 8001 --callback-base http://127.0.0.1:8000`

The last four digits of the account decide what happens (`behaviours.py`), so that a person in a
browser and a test see the same. Orders, balances and what is still due are kept in SQLite below
the data directory and survive `kill -9`. `/_sandbox/` is for tests and the curious: `app.py`.
"""
