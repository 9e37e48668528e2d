from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.models import SKU, Card
from catalog.queries import stock_of
from suppliers.models import Supplier
from tests import world

pytestmark = pytest.mark.django_db
MAX_MEMORY_MB = 200


@pytest.fixture
def sku() -> SKU:
    world.stock_supplier()
    return world.make_sku("card")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cards.csv"
    path.write_text("NUM1,SECRET1\nNUM2,SECRET2\nNUM1,SECRET1\n")
    return path


def run(sku_code: str, file: Path | str, *options: str, supplier: str = "stock") -> tuple[str, str]:
    """What the command printed on standard output and error."""
    out, err = io.StringIO(), io.StringIO()
    arguments = ("--supplier", supplier, "--unit-cost", "9.5", *options)
    try:
        call_command("import_cards", sku_code, str(file), *arguments, stdout=out, stderr=err)
    except CommandError as error:
        raise CommandError(f"{err.getvalue()}{error}") from None
    return out.getvalue(), err.getvalue()


def test_it_says_what_came_in_and_what_was_skipped(sku: SKU, file: Path) -> None:
    out, err = run(sku.code, file)
    assert f"Imported 2 cards of {sku.code} as lot" in out
    assert "cost 19 yuan" in out
    assert "1 duplicates, skipped:\n  line 3: " in err
    assert stock_of([sku.pk]) == {sku.pk: 2}


def test_no_code_is_ever_printed(sku: SKU, file: Path) -> None:
    file.write_text(file.read_text() + "NUM4,SECRET4,nodate\n,\n")
    printed = "".join(run(sku.code, file, "--skip-bad"))
    file.write_text(file.read_text() + "NUM5,SECRET5\n")
    with pytest.raises(CommandError) as refused:
        run(sku.code, file)
    for word in ("NUM", "SECRET"):
        assert word not in printed
        assert word not in str(refused.value)


def test_bad_lines_are_listed_up_to_a_limit_and_counted(sku: SKU, file: Path) -> None:
    file.write_text("N1,S1\n" + "N,S,never\n" * 50)
    with pytest.raises(CommandError) as refused:
        run(sku.code, file)
    said = str(refused.value)
    assert "50 bad lines:\n  line 2: " in said
    assert "line 21: " in said
    assert "line 22: " not in said
    assert "and 30 more" in said
    assert not Card.objects.exists()


def test_the_same_file_again_is_nothing_new(sku: SKU, file: Path) -> None:
    run(sku.code, file)
    out, _ = run(sku.code, file)
    assert f"Nothing new for {sku.code}" in out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sku_code": "nothing"}, "There is no SKU nothing"),
        ({"file": "/no/such/file"}, "Can't read /no/such/file"),
        ({"file": "/"}, "Can't read /"),
        ({"supplier": "nobody"}, "There is no supplier nobody"),
    ],
)
def test_what_does_not_exist_is_told_in_one_line(
    sku: SKU, file: Path, change: dict[str, str], said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        run(
            change.get("sku_code", sku.code),
            change.get("file", str(file)),
            supplier=change.get("supplier", "stock"),
        )
    assert not Card.objects.exists()


def test_a_cost_that_is_no_amount_is_told(sku: SKU, file: Path) -> None:
    with pytest.raises(CommandError, match="is not an amount in yuan"):
        call_command(
            "import_cards", sku.code, str(file), "--supplier", "stock", "--unit-cost", "cheap"
        )


def test_without_a_stock_supplier_cards_could_not_be_sold(file: Path) -> None:
    Supplier.objects.create(code="acme", name="Acme", adapter="fulu")
    sku = world.make_sku("card")
    with pytest.raises(CommandError, match="protocol"):
        run(sku.code, file, supplier="acme")
    assert not Card.objects.exists()


def manage(*arguments: str, stdin: bytes) -> subprocess.CompletedProcess[bytes]:
    """`manage.py` in a process of its own, on the test's database; reports its peak memory."""
    measured = (
        "import sys; from django.core.management import execute_from_command_line;"
        "execute_from_command_line(['manage.py', *sys.argv[1:]]);"
        # Not ru_maxrss, which counts what the forking test process held, too.
        "print(*[line for line in open('/proc/self/status') if line.startswith('VmHWM')])"
    )
    base, _, _name = os.environ["DATABASE_URL"].rpartition("/")
    database = connection.settings_dict["NAME"]
    return subprocess.run(
        [sys.executable, "-c", measured, *arguments],
        input=stdin,
        env=os.environ
        | {
            "DATABASE_URL": f"{base}/{database}",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        cwd=settings.BASE_DIR,
        capture_output=True,
        check=False,
        timeout=120,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")
@pytest.mark.django_db(transaction=True)
def test_a_hundred_thousand_cards_through_a_pipe_take_little_memory() -> None:
    world.stock_supplier()
    sku = world.make_sku("card")
    lines = b"".join(b"NUMBER%010d,SECRET%010d\n" % (i, i) for i in range(100_000))

    done = manage(
        "import_cards", sku.code, "-", "--supplier", "stock", "--unit-cost", "1", stdin=lines
    )

    assert done.returncode == 0, done.stderr.decode()
    assert stock_of([sku.pk]) == {sku.pk: 100_000}
    assert done.stderr == b"", "no progress bar where nobody looks"
    peak_kilobytes = int(done.stdout.split(b"VmHWM:")[1].split()[0])
    assert peak_kilobytes < MAX_MEMORY_MB * 1024


@pytest.mark.django_db(transaction=True)
def test_a_bad_file_ends_with_an_error_status() -> None:
    world.stock_supplier()
    sku = world.make_sku("card")
    done = manage(
        "import_cards", sku.code, "-", "--supplier", "stock", "--unit-cost", "1", stdin=b"N,\n"
    )
    assert done.returncode == 1
    assert b"line 1: the secret is missing" in done.stderr
    assert not Card.objects.exists()
