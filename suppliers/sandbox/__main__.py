"""`python -m suppliers.sandbox`."""

from __future__ import annotations

import os
import sys

from sandboxes.server import arguments, serve
from suppliers.sandbox.app import SupplierSandbox


def main() -> int:
    parser = arguments("suppliers.sandbox", port=8001)
    shop = os.environ.get("BASE_URL") or f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"
    parser.add_argument("--callback-base", default=os.environ.get("CALLBACK_BASE") or shop)
    options = parser.parse_args()
    sandbox = SupplierSandbox(options.data / "sandbox" / "suppliers.sqlite3", options.callback_base)
    return serve(options, lambda address: sandbox.app())


if __name__ == "__main__":
    sys.exit(main())
