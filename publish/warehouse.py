"""Build aside, check, then swap: readers never wait and never see half a warehouse."""

import os
import shutil
from pathlib import Path

import duckdb

from extract.bronze.views import indicator_figures, partitions_of, views, views_of_counties
from extract.common.atomic import replacing
from extract.common.sql import quote_text
from publish.comments import describe
from publish.guard import close_to_writers, link_or_copy
from publish.language import say

# Readable by every DuckDB 1.x client.
STORAGE = "v1.0.0"


def lay_base(build: Path, base: Path | None, rules: Path) -> None:
    """Copy what a build starts from to its place; what lies there is replaced.

    Args:
        build: the file.
        base: folder of an earlier run whose warehouse is built upon; none: all but the history is built anew.
        rules: what ``keep_rules`` kept of these rules, if it exists; taken where there is no base.
    """
    for leftover in (build, build.with_suffix(".duckdb.wal")):
        leftover.unlink(missing_ok=True)
    start = base / build.name if base else rules
    if start.exists():
        shutil.copyfile(start, build)


def prepare(
    build: Path,
    bronze: Path,
    run: Path,
    checks: Path,
    history: Path | None = None,
    counties: list[str] | None = None,
) -> Path:
    """Give a build file views over this run's Parquet, and the history that goes on; return its path.

    Args:
        build: the file, on what ``lay_base`` laid.
        bronze: the typed lines.
        run: folder of tonight's run.
        checks: folder of the record of checks.
        history: folder of the run whose history goes on, where the base does not hold it; none: history starts here.
        counties: the only ones that are done anew; these get views of their own, ``<table>_of_changed_counties``.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach {quote_text(build)} as junheng (storage_version '{STORAGE}')")
        connection.execute("create schema junheng.bronze")
        files = {
            name: run / f"{name}.parquet"
            for name in (
                "deliveries",
                "ledger",
                "superseded_schools",
                "corrected_rows",
                "quarantined_cells",
                "findings",
            )
        }
        files["check_results"] = checks / "*.parquet"
        whole = views(bronze)
        for name, select in (
            whole
            | {"indicator_figures": indicator_figures(whole["census_lines"])}
            | {name: f"select * from read_parquet({quote_text(file)})" for name, file in files.items()}
        ).items():
            connection.execute(f"create view junheng.bronze.{name} as {select}")
        if counties is not None:
            changed = f"(select unnest(cast([{', '.join(map(quote_text, counties))}] as varchar[])))"
            parts = views_of_counties(bronze, partitions_of(connection, bronze, "junheng.bronze.deliveries", changed))
            parts["indicator_figures"] = indicator_figures(parts["census_lines"])
            for name, select in parts.items():
                connection.execute(f"create view junheng.bronze.{name}_of_changed_counties as {select}")
        if history:
            connection.execute(f"attach {quote_text(history / build.name)} as history (read_only)")
            connection.execute("create schema junheng.snapshots")
            for (name,) in connection.execute(
                "select table_name from duckdb_tables() where database_name = 'history' and schema_name = 'snapshots'"
            ).fetchall():
                # Without what a version was named by in earlier releases.
                columns = "columns(lambda c: c <> 'version_id')"
                connection.execute(
                    f"create table junheng.snapshots.{name} as select {columns} from history.snapshots.{name}"
                )
    return build


def last_batch(warehouse: Path) -> int:
    """Return the last batch of receipts that a warehouse's history knows, 0 if it keeps none."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        if not connection.execute(
            "from duckdb_tables() where schema_name = 'marts' and table_name = 'dim_belief'"
        ).fetchall():
            return 0
        return connection.execute("select max(batch) from marts.dim_belief").fetchall()[0][0]


def check_conservation(build: Path) -> None:
    """Refuse to publish a warehouse in which a row of a file is unaccounted for.

    Raises:
        RuntimeError: rows in ≠ loaded + quarantined + non-data for some file.
    """
    with duckdb.connect(str(build), read_only=True) as connection:
        lost = connection.execute("""
            select path, rows_in, rows_loaded, rows_quarantined, rows_non_data from marts.mart_file_outcome
            where rows_in <> rows_loaded + rows_quarantined + rows_non_data
        """).fetchall()
    if lost:
        raise RuntimeError(f"rows unaccounted for in {len(lost)} file outcomes, first: {lost[0]}")


def seal(build: Path, run_id: str) -> None:
    """Leave in a built warehouse only what can be read without any other file, say what it is, and of which run."""
    with duckdb.connect(str(build)) as connection:
        connection.execute("drop schema bronze cascade")
        describe(connection)
        connection.execute(f"create or replace table main.published_run as select {quote_text(run_id)} as run_id")


def keep_rules(build: Path, rules: Path) -> None:
    """Keep what a sealed warehouse has of the rules alone: seeds, views and table functions, and no row of a county.

    Args:
        build: the warehouse.
        rules: the file to write.
    """
    with replacing(rules) as partial, duckdb.connect() as connection:
        connection.execute(f"attach {quote_text(build)} as junheng (read_only)")
        connection.execute(f"attach {quote_text(partial)} as rules (storage_version '{STORAGE}')")
        connection.execute("copy from database junheng to rules (schema)")
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'rules'"
        ).fetchall():
            if schema == "seeds":
                connection.execute(f"insert into rules.seeds.{table} from junheng.seeds.{table}")
            else:
                connection.execute(f"drop table rules.{schema}.{table}")
        connection.execute("drop schema rules.snapshots")  # history is taken from the run before


def swap(build: Path, published: Path, run_id: str) -> None:
    """Put a built warehouse in the published one's place at once; the build stays where it is.

    Raises:
        RuntimeError: what is published now does not open as this run's.
    """
    close_to_writers(published)
    if not (published.exists() and build.samefile(published)):
        _replace(build, published)
    close_to_writers(published)
    with duckdb.connect(str(published), read_only=True) as connection:
        holds = connection.execute("select run_id from main.published_run").fetchall()
    if holds != [(run_id,)]:
        raise RuntimeError(
            say(
                f"发布后检查不符：{published} 里是 {holds}，应为 {run_id}。",
                f"The published file {published} holds {holds}, not this run, {run_id}.",
            )
        )


def _replace(build: Path, published: Path) -> None:
    fresh = published.with_name(f".{published.name}.partial")
    fresh.unlink(missing_ok=True)
    link_or_copy(build, fresh)
    with fresh.open("rb") as written:
        os.fsync(written.fileno())
    fresh.replace(published)
