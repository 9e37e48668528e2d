"""One run of the benchmark: what is measured, in which order, and what it is held against.

Both sides of a figure are measured in turns, one right after the other, and the figure is the
median over the turns: another process on the machine disturbs both sides, and their ratio less.
"""

from __future__ import annotations

import statistics
from contextlib import ExitStack
from dataclasses import dataclass

from django.core.management import call_command
from django.db import connections

from bench import buying, history, importing, world
from bench.figures import Figure, Pair
from bench.processes import Worker
from bench.purchases import compare_purchases
from bench.server import Server
from bench.textbook import Textbook

CLIENTS = 4
BULK = 10_000
BULK_TURNS = 3
YOUNG, OLD = "app", "app_old"


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of everything."""

    buyers: int
    imported_cards: int
    extra_cards: int  # to sell besides, so that nothing runs out
    textbook_cards: int
    young_sales: int
    old_sales: int
    turns: int
    turn_seconds: float
    ageing_turns: int
    ageing_seconds: float
    # Import (i) and COPY (c) by turns, so that the table grows under both alike.
    import_order: str


FULL = Scale(
    buyers=400,
    imported_cards=1_000_000,
    extra_cards=400_000,
    textbook_cards=300_000,
    young_sales=10_000,
    old_sales=1_000_000,
    turns=5,
    turn_seconds=10,
    ageing_turns=40,
    ageing_seconds=0.5,
    import_order="icci",
)
QUICK = Scale(
    buyers=16,
    imported_cards=20_000,
    extra_cards=60_000,
    textbook_cards=60_000,
    young_sales=100,
    old_sales=2_000,
    turns=1,
    turn_seconds=1,
    ageing_turns=2,
    ageing_seconds=0.5,
    import_order="ic",
)


@dataclass(slots=True)
class Bench:
    """The server, the world in it, and the sizes of this run."""

    server: Server
    scale: Scale
    world: world.World

    def workers(self, stack: ExitStack, database: str, count: int) -> list[Worker]:
        """Processes on one database, ready: their first purchases are made and forgotten."""
        url = self.server.url(database)
        workers = [stack.enter_context(Worker(url)) for _ in range(count)]
        for worker in workers:
            worker.run(buying.buy_count, count=20, buyers=self.world.spread)
        return workers


def measure(server: Server, scale: Scale) -> tuple[list[Figure], list[str]]:
    """Run everything; return the figures and what `check_ledger` finds broken afterwards."""
    say("setting up the shop")
    call_command("migrate", verbosity=0, skip_checks=True)
    bench = Bench(server, scale, world.build(buyers=scale.buyers))
    imports = _imports(bench)
    _make_old_shop(bench)
    with ExitStack() as stack:
        ageing = _ageing(bench, stack)
    textbook = Textbook.build(server, wallets=scale.buyers, cards=scale.textbook_cards)
    strict = Textbook.build(
        server, wallets=scale.buyers, cards=scale.textbook_cards, with_keys=True
    )
    with ExitStack() as stack:
        say(f"buying from {CLIENTS} processes, against pgbench with {CLIENTS} clients")
        purchases = compare_purchases(
            bench.workers(stack, YOUNG, CLIENTS),
            world=bench.world,
            textbook=textbook,
            strict=strict,
            turns=scale.turns,
            seconds=scale.turn_seconds,
        )
    with ExitStack() as stack:
        bulk = _bulk(bench, stack, textbook)
    say("checking the books of both shops")
    with Worker(server.url(OLD)) as old:
        broken = [*history.broken_invariants(), *old.run(history.broken_invariants)]
    connections.close_all()
    return [*purchases, *bulk, *imports, ageing], broken


def say(what: str) -> None:
    print(f"… {what}", flush=True)


def _imports(bench: Bench) -> list[Figure]:
    scale, server = bench.scale, bench.server
    cards, rows = server.directory / "cards.csv", server.directory / "rows.bin"
    count = f"{scale.imported_cards:,} cards"
    say(f"importing {count}, against COPY")
    imported: list[importing.Imported] = []
    bare: list[float] = []
    for step in scale.import_order:
        if step == "i":
            # The first one is what will be sold.
            sku_code = world.IMPORT_SKU_CODE if imported else world.SKU_CODE
            importing.write_cards(cards, count=scale.imported_cards)
            server.execute(YOUNG, "CHECKPOINT")
            with Worker(server.url(YOUNG)) as worker:
                imported.append(
                    worker.run(importing.import_file, path=str(cards), sku_code=sku_code)
                )
        else:
            importing.prepare_copy(lot_id=imported[-1].lot_id, path=str(rows))
            server.execute(YOUNG, "CHECKPOINT")
            bare.append(importing.copy_seconds(path=str(rows)))
    importing.write_cards(cards, count=scale.extra_cards)
    importing.import_file(path=str(cards), sku_code=world.SKU_CODE)
    rows.unlink()
    speed = Pair(bare, [each.seconds for each in imported])
    peaks = [each.peak_megabytes for each in imported]
    return [
        Figure(
            "import of cards / bare COPY",
            speed.ratio,
            0.4,
            is_floor=True,
            compared=speed.told(f"{count}: COPY {{ours:.1f}} s, imported in {{theirs:.1f}} s"),
            rounds=speed.ratios,
            sides=speed.sides,
        ),
        Figure(
            "memory of the import",
            max(peaks),
            200,
            is_floor=False,
            unit="MB",
            compared=f"{count}: the high-water mark of its process",
            rounds=peaks,
        ),
    ]


def _make_old_shop(bench: Bench) -> None:
    """Sell a few cards, copy the database, and give the copy a long past."""
    scale, server = bench.scale, bench.server
    say(f"selling {scale.young_sales:,} cards in one shop, {scale.old_sales:,} in a copy of it")
    with ExitStack() as stack:
        workers = bench.workers(stack, YOUNG, CLIENTS)
        left = scale.young_sales - buying.sold_cards()
        for worker in workers:
            worker.begin(buying.buy_count, count=left // CLIENTS, buyers=bench.world.spread)
        for worker in workers:
            worker.result()
    connections.close_all()  # nobody may be connected to what is copied
    server.execute("postgres", f"CREATE DATABASE {OLD} TEMPLATE {YOUNG} STRATEGY file_copy")
    with Worker(server.url(OLD)) as worker:
        worker.run(history.write_history, count=scale.old_sales - scale.young_sales)
    for database in (YOUNG, OLD):
        server.execute(database, "VACUUM (ANALYZE)")
    server.execute(YOUNG, "CHECKPOINT")


def _ageing(bench: Bench, stack: ExitStack) -> Figure:
    scale = bench.scale
    say("buying in both shops by turns")
    (young,) = bench.workers(stack, YOUNG, 1)
    (old,) = bench.workers(stack, OLD, 1)
    costs: list[tuple[float, float]] = []

    def cost_ms(worker: Worker) -> float:
        pace = buying.together([worker], seconds=scale.ageing_seconds, buyers=bench.world.spread)
        return 1000 / pace.per_second

    for turn in range(scale.ageing_turns):
        if turn % 2:
            costs.append((cost_ms(old), cost_ms(young)))
        else:
            young_ms = cost_ms(young)
            costs.append((cost_ms(old), young_ms))
    pair = Pair([old for old, _young in costs], [young for _old, young in costs])
    return Figure(
        f"cost per purchase: {scale.old_sales:,} sold / {scale.young_sales:,} sold",
        pair.ratio,
        1.1,
        is_floor=False,
        compared=pair.told("{ours:.2f} ms / {theirs:.2f} ms, one process"),
        rounds=pair.ratios,
        sides=pair.sides,
    )


def _bulk(bench: Bench, stack: ExitStack, textbook: Textbook) -> list[Figure]:
    """One large order, and that not one of its codes is missing."""
    say(f"ordering {BULK:,} cards at once")
    (worker,) = bench.workers(stack, YOUNG, 1)
    done: list[buying.Bulk] = []
    bare: list[float] = []
    for _ in range(BULK_TURNS):
        done.append(worker.run(buying.buy_bulk, quantity=BULK, buyer=bench.world.spread[0]))
        bare.append(textbook.bulk_seconds(BULK))
    seconds = [bulk.placed_seconds for bulk in done]
    read = statistics.median(bulk.read_seconds for bulk in done)
    return [
        Figure(
            f"one order of {BULK:,} cards",
            statistics.median(seconds),
            1.0,
            is_floor=False,
            unit="s",
            compared=f"one UPDATE of the textbook takes {statistics.median(bare):.2f} s;"
            f" reading all codes back took {read:.2f} s",
            rounds=seconds,
        ),
        Figure(
            f"codes of that order / {BULK:,}",
            min(bulk.distinct_codes for bulk in done) / BULK,
            1.0,
            is_floor=True,
            compared="distinct codes, read back and opened",
        ),
    ]
