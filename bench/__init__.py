"""`make bench`: what the shop does per second, as ratios to bare SQL on the same server.

One run starts a server of its own (fsync on), builds a world in it and measures;
docs/performance.md tells how to read the table.
"""

from __future__ import annotations
