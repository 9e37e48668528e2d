"""PostgreSQL and Valkey from wheels, for development, the demo and the tests.

No root, no Docker, no system package: the servers live in `DATA_DIR` and listen on the loopback
address with random passwords. Production names its own servers in DATABASE_URL and REDIS_URL and
never comes here. Why this way: docs/decisions/embedded-servers.md.
"""

from __future__ import annotations
