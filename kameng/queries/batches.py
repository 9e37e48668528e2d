"""A batch as its agent's program reads it: three statements, whatever the number of lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kameng.models import ApiKey, Batch, BatchLine


@dataclass(frozen=True, slots=True)
class BatchState:
    batch: Batch
    lines: Sequence[BatchLine]

    @property
    def status(self) -> str:
        return "working" if self.batch.finished_at is None else "finished"

    def count(self, state: str) -> int:
        return sum(line.state == state for line in self.lines)


def batch_state(batch: Batch) -> BatchState:
    return BatchState(batch, list(batch.lines.select_related("order").order_by("place")))


def batch_of(key: ApiKey, batch_no: str) -> BatchState | None:
    """The agent's batch with this number, in the key's own world."""
    batch = Batch.objects.filter(
        agent=key.agent, key__isnull=False, is_sandbox=key.is_sandbox, batch_no=batch_no
    ).first()
    return batch_state(batch) if batch else None
