"""What customer service promises, in one place: said on pages, measured, sorting its queues."""

from __future__ import annotations

from datetime import timedelta

# 24 小时客服: a person answers a ticket within this, at any hour.
FIRST_ANSWER_WITHIN = timedelta(minutes=30)
# A claim after the sale is decided within this.
CLAIM_DECIDED_WITHIN = timedelta(hours=24)
