"""A cashier to try against: a real HTTP server that takes no real money.

`python -m payments.sandbox --port 8002`

A person at `/pay/<token>` chooses what happens: pay, fail, pay twice, pay late. The protocol is in
`payments/gateways/sandbox.py`. Payments, trades, refunds and notices still to be sent are kept in
SQLite below the data directory and survive `kill -9`. `/_sandbox/` is for tests: `app.py`.
"""
