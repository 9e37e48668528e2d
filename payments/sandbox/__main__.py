"""`python -m payments.sandbox`."""

from __future__ import annotations

import os
import sys

from payments.sandbox.accounts import DEMO_SECRET
from payments.sandbox.app import PaymentSandbox
from sandboxes.server import arguments, serve


def main() -> int:
    parser = arguments("payments.sandbox", port=8002)
    parser.add_argument(
        "--public-url",
        default=os.environ.get("PAYMENT_SANDBOX_URL", ""),
        help="where browsers find this server, if not at its own address",
    )
    options = parser.parse_args()
    secret = os.environ.get("PAYMENT_SANDBOX_SECRET") or DEMO_SECRET
    path = options.data / "sandbox" / "payments.sqlite3"
    return serve(
        options, lambda address: PaymentSandbox(path, secret, options.public_url or address).app()
    )


if __name__ == "__main__":
    sys.exit(main())
