"""What a run does, step by step. Each leaves its result on disk in one piece, so a run killed anywhere is run again."""

import datetime as dt
import shutil
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.worker import ValidationWorker
from junheng import project_cache
from junheng.dbt import Dbt
from junheng.home import Home
from junheng.run_plan import BatchRun, rules_digest, state_of
from junheng.selection import Selection
from publish.language import say

if TYPE_CHECKING:
    from publish.answers import Answers

Progress = Callable[[str], None]

_KEPT = ("rules-*.duckdb", "statements-*.json")  # of these rules, under build/ and in the project's target folder
# What dbt makes of the rules alone: the same in every warehouse of these rules.
_OF_RULES = ("resource_type:seed", "config.materialized:view", "config.materialized:as_known")


def receive(home: Home, selection: Selection) -> tuple[int, int]:
    """Take in the drop folder; return how many deliveries are new, and how many of them come with the program."""
    from extract.landing import scan

    counties, years = set(selection.counties) or None, set(selection.years) or None
    received = scan.receive(home.landing, home.store, selection.at(), counties, years, home.made)
    return len(received), sum(event.path.startswith("shipped:") for event in received)


def extract(home: Home, selection: Selection, progress: Progress) -> int:
    """Read every delivery not read yet, and delete registers of persons after their time; return how many files were
    read.
    """
    from extract.bronze import extraction, mirror, retention
    from extract.landing.ledger import Ledger
    from junheng import shards
    from junheng.settings import settings

    def tell(done: int, total: int) -> None:
        if done == total or done % max(total // 10, 25) == 0:
            progress(say(f"    已读 {done}/{total} 个文件", f"    {done}/{total} files read"))

    events = Ledger(home.store).events()
    read = extraction.extract(events, home.store, home.bronze, selection.full, tell, shards.read_by_shards(home))
    mirror.bring_up_to_date(home.bronze, home.bronze_here)
    if days := settings().persons_kept_days:
        before = dt.datetime.fromisoformat(selection.at()) - dt.timedelta(days=days)
        gone = retention.expire(events, home.store, home.bronze, before.isoformat(), selection.at())
        if gone:
            progress(
                say(
                    f"    满 {days} 天，已删除 {gone} 份人员名册的原件；读出的数据不变",
                    f"    {gone} registers of persons deleted after {days} days; what was read of them stays",
                )
            )
    return read


def validate(
    home: Home,
    batch: BatchRun,
    previous: Path | None,
    worker: ValidationWorker,
    progress: Progress,
    overlap_with: Callable[[Path | None], None],
) -> Path | None:
    """Settle which delivery counts, check every batch, write the quarantine workbooks.

    ``overlap_with`` is done here, on the run to build upon, while the validation process works.

    Returns:
        The run to build upon, None where everything is to be built.
    """
    from expectations import check_results, correction_workbook, validation_rows
    from expectations import validate as checks
    from extract.bronze.views import connect, partitions_of, views_of_counties
    from extract.deliveries.tables import settle_deliveries
    from junheng import changed_counties, shards
    from junheng.settings import settings

    batch.folder.mkdir(parents=True, exist_ok=True)
    # In a file: a nation's rows, compressed and spilled, keep within the same memory as dbt's.
    scratch = home.build / "validation.duckdb"
    _remove(scratch)
    with closing(connect(home.bronze_here, str(scratch))) as connection:
        connection.execute(f"set memory_limit = '{settings().memory}'")
        connection.execute("pragma force_compression = 'uncompressed'")  # gone before morning
        settle_deliveries(connection, batch.events, batch.folder)
        validation_rows.find_contested(connection)
        base = changed_counties.compare(connection, batch.folder, previous, rules_digest())
        if base:
            changed = connection.execute("select count(*) from changed_counties").fetchall()[0][0]
            progress(
                say(
                    f"    只重算有变化的 {changed} 个县区",
                    f"    only the {changed} counties that changed are done again",
                )
            )
            parts = partitions_of(connection, home.bronze_here, "deliveries", "changed_counties")
            for name, select in views_of_counties(home.bronze_here, parts).items():
                connection.execute(f"create or replace view {name} as {select}")
        if by_shards := shards.checked_by_shards(home, batch):
            overlap_with(base)
            checks.put_together(connection, batch.folder, base, by_shards)
        else:
            checks.validate(connection, batch.folder, base, worker, partial(overlap_with, base))
        check_results.record(connection, home.logs / "checks", batch.folder.name)
        correction_workbook.write_corrections(connection, home.quarantine)
    _remove(scratch)
    return base


def _remove(database: Path) -> None:
    for file in (database, database.with_suffix(".duckdb.wal")):
        file.unlink(missing_ok=True)
    shutil.rmtree(database.with_suffix(".duckdb.tmp"), ignore_errors=True)


def transform(home: Home, run: Path, base: Path | None, previous: Path | None, dbt: Dbt, is_full: bool = False) -> None:
    """Build the warehouse aside with dbt, on what ``get_ready`` laid, from seeds to marts, tests included.

    On a base, the tables that are kept county by county get only the changed counties anew, and only these are tested.
    The history of the run before goes on.

    Seeds and views come from an earlier warehouse of the same rules, this home's or another's; and so do dbt's
    statements, where it has sent them to a file of the same shape before and not everything is to be done anew
    (``is_full``). Where Spark is the engine and there is no base, Spark builds the figures first.

    Raises:
        RuntimeError: dbt or one of its tests failed; the published warehouse is untouched.
    """
    from junheng import changed_counties, recorded_build
    from junheng.settings import settings
    from publish import warehouse

    rules = _rules(home)
    has_rules = rules.exists() or bool(base)
    counties = changed_counties.read(run) if base else None
    warehouse.prepare(dbt.database, home.bronze_here, run, home.logs / "checks", None if base else previous, counties)
    dbt.models_of_spark = [] if base or settings().engine != "spark" else _build_on_spark(home, dbt, has_rules)
    left_out = _left_out(has_rules)
    asked = (left_out, bool(base), dbt.models_of_spark)
    statements = recorded_build.kept(home.build, rules_digest(), dbt.database, asked)
    project_cache.take(statements)
    if has_rules and statements.exists() and not is_full:
        recorded_build.send(statements, dbt.database, settings().memory, counties)
    else:
        sent: list[recorded_build.Statement] = []
        needs = dbt.build(left_out, counties, sent)
        if has_rules:  # else rows of seeds were among what was sent
            recorded_build.keep(statements, sent, needs)
            project_cache.give(statements)
    shutil.rmtree(dbt.database.parent / "spark", ignore_errors=True)  # taken over by now
    warehouse.seal(dbt.database, run.name)
    if not has_rules:
        for kept in _KEPT:
            for old in home.build.glob(kept):
                old.unlink()
        warehouse.keep_rules(dbt.database, rules)
        project_cache.give(rules, others=_KEPT)
    (run / "built").write_text(state_of(dbt.database))
    dbt.database.replace(run / dbt.database.name)


def _build_on_spark(home: Home, dbt: Dbt, has_rules: bool) -> list[str]:
    """Have Spark build the figures of a prepared warehouse; return the models that it built."""
    from junheng.settings import settings

    if not has_rules:
        dbt.invoke("seed", "--no-write-json")
    from junheng.spark import build, session

    with session.session(settings().spark_master) as spark:
        return build.build(spark, dbt.database, dbt.database.parent / "spark", home.logs / "dbt")


def get_ready(home: Home, dbt: Dbt, is_full: bool, base: Path | None) -> None:
    """Lay what is built upon, and parse the project, unless dbt has sent these rules' statements before: then it will
    hardly be needed.
    """
    from publish import warehouse

    rules = _rules(home)
    project_cache.take(rules)
    warehouse.lay_base(dbt.database, base, rules)
    known = f"statements-{rules_digest()[:16]}-*.json"
    if is_full or not (project_cache.has(known) or any(home.build.glob(known))):
        dbt.parse()


def _rules(home: Home) -> Path:
    return home.build / f"rules-{rules_digest()[:16]}.duckdb"


def _left_out(has_rules: bool) -> list[str]:
    """Return what a night's build leaves out of the project.

    Tests of views and of rows grouped by their key follow from what is held here, and each table requires unique rows
    of itself: as tests of their own, these run in ``make test`` only.
    """
    return ["tag:view", "tag:grouped", "test_name:unique_rows", *(_OF_RULES if has_rules else ())]


def publish(home: Home, run: Path) -> "Answers":
    """Check the built warehouse and put it in the place of the published one at once; return what its summary asked."""
    from publish import summary, warehouse

    warehouse.check_conservation(run / "junheng.duckdb")
    warehouse.swap(run / "junheng.duckdb", home.warehouse, run.name)
    return summary.write(home.warehouse, home.landing, home.reports)


def write_pages(home: Home, run: Path, progress: Progress, with_documents: bool) -> int:
    """Write the pages of the counties that changed, and their documents where they are wanted; return of how many."""
    from publish import pages

    documents = (home.documents, home.templates) if with_documents else None
    return pages.write(home.warehouse, run, home.pages, progress, documents)


def distribute(home: Home, run: Path, addresses: dict[str, str], progress: Progress) -> None:
    """Copy the published marts to every target that is wanted.

    Args:
        home: the installation.
        run: folder of the published run.
        addresses: name of a target → where it lies.
        progress: told what is going on.

    Raises:
        RuntimeError: a target could not be reached; it keeps what it had.
    """
    from publish.targets import target

    for name, address in addresses.items():
        wanted = target(name)
        if not wanted.copy_marts(home.warehouse, run.name, address, progress):
            zh, en = wanted.UP_TO_DATE
            progress(say(f"    {zh}", f"    {en}"))
