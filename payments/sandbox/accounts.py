"""The one merchant. A public demo secret: it opens nothing but this sandbox."""

from __future__ import annotations

MERCHANT = "kalegou-demo"
MERCHANT_NAME = "卡乐购"
DEMO_SECRET = "kalegou-demo-cashier-secret-0123456789"
