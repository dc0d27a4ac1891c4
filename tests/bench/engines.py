"""The figures on both engines: DuckDB in one process, Spark on a master and two workers of one core each.

``python -m tests.bench.engines HOME``, with .venv-spark, takes a home after a night that built everything. It times all
figures on Spark beside what that night took on DuckDB; with ``--registers``, instead, the models that read registers,
over made-up ones of several sizes: teachers of the last year, classes and rooms of all years. Prints Markdown for
docs/benchmarks.md.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from junheng import run_log
from junheng.home import Home
from junheng.spark import build, session
from tests.bench.nation import watch
from tests.conftest import Office
from tests.dbt.compiled import Model, figures
from tests.spark.cluster import cluster

# The models that read the lines of registers.
_OF_REGISTERS = ("int_teachers", "int_class_parts", "int_room_register")
_PER_SCHOOL = {"hr": 50, "classes": 30, "rooms": 30}
_FORMS = {"hr": "hr_teachers", "classes": "class_roster", "rooms": "room_register"}
_TYPES = {"string": "varchar", "int32": "integer", "double": "double"}
# What a made-up line says; {n} counts the lines of a school.
_LINES = {
    "hr": {
        "all.person": "md5(concat(r.school_id, {n}))",
        "all.school_id": "r.school_id",
        "all.is_full_time": "'yes'",
        "all.has_certificate": "case when {n} % 97 = 0 then 'no' else 'yes' end",
        "all.is_eligible_for_exchange": "case when {n} % 3 = 0 then 'yes' else 'no' end",
        "all.is_backbone": "case when {n} % 5 = 0 then 'yes' else 'no' end",
        "all.training_hours": "cast(300 + {n} * 7 % 120 as double)",
        "all.years_of_service": "cast({n} % 30 as double)",
        "all.teaching_stage": "'primary'",
    },
    "classes": {
        "all.school_id": "r.school_id",
        "all.class_name": "concat('班', {n})",
        "all.grade": "cast(1 + {n} % 9 as double)",
        "all.class_pupils": "cast(30 + {n} * 11 % 25 as double)",
    },
    "rooms": {
        "all.school_id": "r.school_id",
        "all.room_name": "concat('室', {n})",
        "all.room_use": "case when {n} % 2 = 0 then 'music' else 'art' end",
        "all.room_area_m2": "cast(60 + {n} * 13 % 60 as double)",
    },
}


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--registers", type=float, nargs="*", default=[], help="shares of 50 teachers a school")
    parser.add_argument("--memory", default="4g", help="of each worker")
    options = parser.parse_args()
    home = Home(options.home)
    with tempfile.TemporaryDirectory(prefix="engines-", dir=os.environ.get("TMPDIR", "/tmp")) as name:
        folder = Path(name)
        file, models = figures(Office(home.root), folder)
        with cluster(folder, options.memory) as master:
            if not options.registers:
                whole(home, file, folder, master)
            for share in options.registers:
                registers(home, file, [m for m in models if m.name in _OF_REGISTERS], share, folder, master)


def whole(home: Home, file: Path, folder: Path, master: str) -> None:
    """Time all figures."""
    with session.session(master) as spark:
        start = time.perf_counter()
        built = build.build(spark, file, folder / "spark", folder / "logs")
        seconds = time.perf_counter() - start
    on_duckdb = max(night.seconds.get("transform", 0) for night in run_log.read(home))
    print(f"| {len(built)} models: DuckDB, history and checks included | {on_duckdb:.1f} s |")
    print(f"| the same on Spark, without | {seconds:.1f} s |", flush=True)


def registers(home: Home, file: Path, models: list[Model], share: float, folder: Path, master: str) -> None:
    """Time the models that read registers, over made-up ones."""
    made = folder / f"registers-{share}"
    lines = {source: _make(file, source, max(1, round(n * share)), made) for source, n in _PER_SCHOOL.items()}
    print(f"| {' + '.join(f'{n / 1e6:.1f}' for n in lines.values())} million lines |  |  |  |")
    peak = [0]
    script = [sys.executable, "-c", _ON_DUCKDB, str(file), str(made)]
    on_duckdb = {}
    for model in models:
        child = subprocess.Popen([*script, model.sql], stdout=subprocess.PIPE, text=True)
        watcher = threading.Thread(target=watch, args=(child.pid, peak))
        watcher.start()
        on_duckdb[model.name] = float(child.communicate()[0])
        watcher.join()
    with session.session(master) as spark:
        build.open_sources(spark, file, made / "seeds-of-spark")
        with duckdb.connect(str(file), read_only=True) as warehouse:
            for schema, table in warehouse.execute(
                "select table_schema, table_name from information_schema.tables where table_schema in ('intermediate', "
                "'staging')"
            ).fetchall():
                if not any(f'"{schema}"."{table}"' in model.sql for model in models):
                    continue
                rows = made / f"{table}.parquet"
                warehouse.execute(f"copy {schema}.{table} to '{rows}'")
                spark.sql(f"create or replace view {schema}.{table} as select * from parquet.`{rows}`")
        for source in _PER_SCHOOL:
            spark.sql(
                f"create or replace view bronze.{source}_lines as select * from parquet.`{made}/{source}/*.parquet`"
            )
        spark.sql(f"create or replace view bronze.deliveries as select * from parquet.`{made}/deliveries/*.parquet`")
        for model in models:
            start = time.perf_counter()
            sql = session.translated(spark, model.sql.replace('"junheng".', ""))
            spark.sql(sql).write.mode("overwrite").parquet(str(made / "out"))
            seconds = time.perf_counter() - start
            print(f"| | `{model.name}` | {on_duckdb[model.name]:.1f} s | {seconds:.1f} s |", flush=True)
    print(f"| | most memory of DuckDB's process, of 3 GiB for its own | {peak[0] / 2**30:.1f} GiB | |", flush=True)


_ON_DUCKDB = """
import sys, time, duckdb
file, made, sql = sys.argv[1:]
with duckdb.connect(config={"memory_limit": "3GiB", "temp_directory": made + "/spill"}) as c:
    c.execute("set enable_progress_bar = false")
    c.execute(f"attach '{file}' as junheng (read_only)")
    c.execute("create schema memory.bronze")
    c.execute("set search_path = 'junheng,memory'")
    start = time.perf_counter()
    for source in ("hr", "classes", "rooms"):
        c.execute(f"create view memory.bronze.{source}_lines as from read_parquet('{made}/{source}/*.parquet')")
        sql = sql.replace(f'"junheng"."bronze"."{source}_lines"', f"memory.bronze.{source}_lines")
    c.execute(f"create view memory.bronze.deliveries as from read_parquet('{made}/deliveries/*.parquet')")
    sql = sql.replace('"junheng"."bronze"."deliveries"', "memory.bronze.deliveries")
    c.execute(f"create table memory.main.made as {sql}")
    print(time.perf_counter() - start)
"""


def _make(file: Path, source: str, per_school: int, made: Path) -> int:
    """Write a source's lines for every school: of the last year for teachers, of each year for the others."""
    with duckdb.connect(str(file), read_only=True) as warehouse:
        (years,) = warehouse.execute("select max(census_year) from intermediate.int_school_roster").fetchall()[0]
        schema = {f.name: f.type for f in pq.read_schema(_any_lines(file, source))}
        said = _LINES[source] | {"source": f"'{source}'", "year": "r.census_year", "kind": "'data'"}
        said |= {
            "file_sha256": "md5(concat(r.county_code, r.census_year))",
            "row": "cast(1 + row_number() over () as integer)",
        }
        columns = ", ".join(
            f'cast({said.get(name, "null").format(n="n.n")} as {_TYPES[str(kind)]}) as "{name}"'
            for name, kind in schema.items()
        )
        of_years = f"where r.census_year = {years}" if source == "hr" else "where r.census_year is not null"
        folder = made / source
        folder.mkdir(parents=True)
        (made / "deliveries").mkdir(exist_ok=True)
        warehouse.execute(
            f"copy (select {columns} from intermediate.int_school_roster as r "
            f"cross join range(1, {per_school + 1}) as n (n) {of_years}) "
            f"to '{folder}/lines.parquet' (row_group_size 500000)"
        )
        warehouse.execute(
            f"copy (select 1::bigint as seq, '{source}' as source, census_year as year, county_code, "
            f"md5(concat(county_code, census_year)) as file_sha256, '{_FORMS[source]}' as form, 'in_force' as status, "
            f"'made up' as file_name from intermediate.int_school_roster as r {of_years} group by all) "
            f"to '{made}/deliveries/{source}.parquet'"
        )
        return warehouse.execute(f"select count(*) from '{folder}/lines.parquet'").fetchall()[0][0]


def _any_lines(file: Path, source: str) -> Path:
    with duckdb.connect(str(file), read_only=True) as warehouse:
        (sql,) = warehouse.execute(
            f"select sql from duckdb_views() where schema_name = 'bronze' and view_name = '{source}_lines'"
        ).fetchall()[0]
    return Path(sql.split("'")[1]).parent / "zero.parquet"


if __name__ == "__main__":
    main()
