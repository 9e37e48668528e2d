"""`python -m config.supervisor`: everything that a development machine runs, as one command.

Starts the embedded servers unless others are named, migrates, loads the demo world, then keeps the
processes of the Procfile running until Ctrl-C or SIGTERM. Why not an existing process manager:
docs/decisions/supervisor.md.
"""

from __future__ import annotations
