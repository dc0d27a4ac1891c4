"""The night, step by step. A DAG task, the command line and a test call the same functions.

receive → extract → validate → transform → publish. Each step leaves its result on disk in one
piece, so a night killed anywhere is simply run again.
"""

import datetime as dt
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.worker import ValidationWorker
from junheng.dbt import Dbt
from junheng.settings import PROJECT, Home
from publish.language import say

if TYPE_CHECKING:
    from extract.landing.ledger import Event

Progress = Callable[[str], None]
# What makes a warehouse of the deliveries, besides their readings: if any of it changes, so does the run.
_MADE_BY = (
    "requirements.lock",
    "extract/refusals.yml",
    "extract/deliveries/*.py",
    "extract/bronze/views.py",
    "extract/sources/*/*.yml",
    "expectations/*",
    "publish/warehouse.py",
    "dbt_project/*.yml",
    "dbt_project/seeds/*/*.csv",
    "dbt_project/[ms]*/**/*.sql",
    "dbt_project/models/**/*.yml",
    "dbt_project/snapshots/*.yml",
)
_RUNS = "*-????????"  # a folder per run, under build/


class NightBusy(RuntimeError):
    """Another night is writing."""


@dataclass(frozen=True)
class Selection:
    """What this night takes in: counties and years of the drop folder (empty: all)."""

    counties: frozenset[str] = frozenset()
    years: frozenset[int] = frozenset()
    full: bool = False
    as_of: str | None = None

    def at(self) -> str:
        """Return the receipt time of this night in UTC, ISO 8601."""
        if self.as_of:
            return dt.datetime.fromisoformat(self.as_of).replace(tzinfo=dt.UTC).isoformat()
        return dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat()


@contextmanager
def one_writer(home: Home, progress: Progress = print) -> Iterator[None]:
    """Hold the right to write; the kernel gives it back even if the holder is killed.

    What a killed night or another program left behind is mended first, and told.

    Raises:
        NightBusy: somebody else holds it.
    """
    import fcntl  # of Linux and macOS: a night runs there only

    home.make()
    with (home.store / "writer.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise NightBusy(lock.read().strip()) from error
        lock.truncate(0)
        lock.write(f"pid {os.getpid()}, since {dt.datetime.now().isoformat(timespec='seconds')}")
        lock.flush()
        _sweep(home)
        _mend(home, progress)
        yield


def _mend(home: Home, progress: Progress) -> None:
    """Undo what another program did to the published file."""
    from junheng import notices
    from publish import guard

    found_all: list[str] = []
    with suppress(OSError):  # a disk that takes no writes: publishing says so
        found_all = guard.mend(home.warehouse, (run / home.warehouse.name for run in home.build.glob(_RUNS)))
    for found in found_all:
        progress(f"    {found}")
        for problem in notices.send(
            say("发布文件曾被别的程序改动", "another program meddled with the published file"), found
        ):
            progress(say(f"    通知未送达：{problem}", f"    notice not delivered: {problem}"))


def _sweep(home: Home) -> None:
    """Remove what a night killed in the middle of a write left beside its target."""
    for folder, pattern in (
        (home.store, "objects/.*.partial"),
        (home.bronze, "*/.*.partial"),
        (home.published, ".*.partial"),
        (home.reports, ".*.partial"),
        (home.quarantine, "**/.*.partial"),
        (home.logs, "checks/.*.partial"),
        (home.logs, "nights/.*.partial"),
    ):
        for partial in folder.glob(pattern):
            partial.unlink()


def receive(home: Home, selection: Selection) -> int:
    """Take in the drop folder; return the number of deliveries that are new."""
    from extract.landing import scan

    counties, years = set(selection.counties) or None, set(selection.years) or None
    return len(scan.receive(home.landing, home.store, selection.at(), counties, years))


def extract(home: Home, selection: Selection, progress: Progress) -> int:
    """Read every delivery not read yet; return how many files were read."""
    from extract.bronze import extraction
    from extract.landing.ledger import Ledger

    def tell(done: int, total: int) -> None:
        if done == total or done % max(total // 10, 25) == 0:
            progress(say(f"    已读 {done}/{total} 个文件", f"    {done}/{total} files read"))

    return extraction.extract(Ledger(home.store).events(), home.store, home.bronze, selection.full, tell)


def rules_digest() -> str:
    """Return a digest of everything but deliveries that makes a warehouse."""
    import hashlib

    from extract.definitions.forms import definitions_digest, sources

    digest = hashlib.sha256("".join(map(definitions_digest, sources())).encode())
    for pattern in _MADE_BY:
        for path in sorted(path for path in PROJECT.glob(pattern) if path.is_file()):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def run_folder(home: Home, events: "list[Event]") -> Path:
    """Return the folder of the run over these receipts, named by what goes in: same inputs, same run."""
    import hashlib

    digest = hashlib.sha256((repr(events) + rules_digest()).encode())
    stamp = max((e.at for e in events), default="")[:19].replace(":", "").replace("-", "")
    return home.build / f"{stamp}-{digest.hexdigest()[:8]}"


def published_run(home: Home) -> Path | None:
    """Return the folder of the run that is published, if its warehouse is still as it was built."""
    return next(
        (folder for folder in home.build.glob(_RUNS) if is_published(home, folder) and _is_as_built(folder)), None
    )


def _is_as_built(run: Path) -> bool:
    warehouse, built = run / "junheng.duckdb", run / "built"
    return warehouse.exists() and built.exists() and built.read_text() == _state(warehouse)


def _state(file: Path) -> str:
    return f"{file.stat().st_size} {file.stat().st_mtime_ns}"


@dataclass(frozen=True)
class Step:
    """One batch of receipts to take into the history: the run over all that was received up to it."""

    events: "list[Event]"
    run: Path


def steps_to_do(home: Home, full: bool) -> tuple[Path | None, list[Step]]:
    """Return the run to go on from, and one step for each batch of receipts that it does not know.

    History is a function of the receipts: each batch is one step, however many nights it took, and a warehouse
    lost or to be built anew (``full``) walks them all again. If the rules changed, the last step is done again. What
    a killed night finished of several steps need not be done twice. Every other run's folder goes.
    """
    from extract.landing.ledger import Ledger
    from publish import warehouse

    steps = [(batch, Step(events, run_folder(home, events))) for batch, events in Ledger(home.store).nights()]
    previous, last = (None if full else published_run(home)), 0
    if previous:
        last = warehouse.last_batch(home.warehouse)
    if not full:
        previous, last = max(
            ((s.run, batch) for batch, s in steps if batch > last and _is_as_built(s.run)),
            key=lambda r: r[1],
            default=(previous, last),
        )
    to_do = [s for batch, s in steps if batch > last] or [s for _, s in steps[-1:] if s.run != previous]
    for old in home.build.glob(_RUNS):
        if old != previous and not is_published(home, old):
            shutil.rmtree(old)
    return previous, to_do


def validate(
    home: Home,
    step: Step,
    previous: Path | None,
    worker: ValidationWorker,
    progress: Progress,
    overlap_with: Callable[[], None],
) -> Path | None:
    """Settle which delivery counts, check every batch, write the quarantine workbooks.

    ``overlap_with`` is done here while the validation process works.

    Returns:
        The run to build upon, None where everything is to be built.
    """
    from expectations import check_results, correction_workbook, validation_rows
    from expectations import validate as checks
    from extract.bronze.views import connect
    from extract.deliveries.tables import settle_deliveries
    from junheng import changed_counties

    step.run.mkdir(parents=True, exist_ok=True)
    # In a file: a nation's rows, compressed and spilled, keep within the same memory as dbt's.
    scratch = home.build / "validation.duckdb"
    _remove(scratch)
    with closing(connect(home.bronze, str(scratch))) as connection:
        connection.execute(f"set memory_limit = '{os.environ.get('JUNHENG_MEMORY', '3GiB')}'")
        settle_deliveries(connection, step.events, step.run)
        validation_rows.find_contested(connection)
        base = changed_counties.compare(connection, step.run, previous, rules_digest())
        if base:
            changed = connection.execute("select count(*) from changed_counties").fetchall()[0][0]
            progress(
                say(
                    f"    只重算有变化的 {changed} 个县区",
                    f"    only the {changed} counties that changed are done again",
                )
            )
        checks.validate(connection, step.run, base, worker, overlap_with)
        check_results.record(connection, home.logs / "checks", step.run.name)
        correction_workbook.write_corrections(connection, home.quarantine)
    _remove(scratch)
    return base


def _remove(database: Path) -> None:
    for file in (database, database.with_suffix(".duckdb.wal")):
        file.unlink(missing_ok=True)
    shutil.rmtree(database.with_suffix(".duckdb.tmp"), ignore_errors=True)


def transform(home: Home, run: Path, base: Path | None, previous: Path | None, dbt: Dbt) -> None:
    """Build the warehouse aside with dbt, from seeds to marts, tests included.

    On a base, the tables that are kept county by county get only the changed counties anew, and only these are tested.
    The history of the run before goes on.

    Raises:
        RuntimeError: dbt or one of its tests failed; the published warehouse is untouched.
    """
    from publish import warehouse

    warehouse.prepare(dbt.database, home.bronze, run, home.logs / "checks", base, previous)
    # A view's rows follow from its SQL and from the tables tested here, and what is grouped by its own grain, or cut
    # to one row of it, cannot hold a key twice, whatever tonight's data: these tests belong to the project's own.
    left_out = ["tag:view", "tag:grouped", *(["resource_type:seed"] if base else [])]
    dbt.invoke(
        "build", "--exclude-resource-type", "unit_test", "--exclude", *left_out, "--fail-fast", "--no-write-json"
    )
    warehouse.seal(dbt.database, run.name)
    (run / "built").write_text(_state(dbt.database))
    dbt.database.replace(run / dbt.database.name)


def is_published(home: Home, run: Path) -> bool:
    """Tell whether the published warehouse is the one that this run built."""
    built = run / "junheng.duckdb"
    return built.exists() and home.warehouse.exists() and built.samefile(home.warehouse)


def publish(home: Home, run: Path) -> None:
    """Check the built warehouse and put it in the place of the published one at once."""
    from publish import summary, warehouse

    warehouse.check_conservation(run / "junheng.duckdb")
    warehouse.swap(run / "junheng.duckdb", home.warehouse, run.name)
    summary.write(home.warehouse, home.landing, home.reports)


def serve(home: Home, run: Path, uri: str | None, progress: Progress) -> None:
    """Bring what is published where else it is wanted: Parquet by year and county, a PostgreSQL server.

    Raises:
        RuntimeError: it could not be copied; the server keeps the marts it had.
    """
    if "parquet" in home.served():
        from publish import parquet

        if not parquet.serve(home.warehouse, home.published, run.name, progress):
            progress(say("    Parquet 已是最新", "    Parquet is up to date"))
    if uri:
        _serve_postgres(home, run, uri, progress)


def _serve_postgres(home: Home, run: Path, uri: str, progress: Progress) -> None:
    import psycopg
    from adbc_driver_manager.dbapi import Error

    from publish import postgres

    try:
        if not postgres.serve(home.warehouse, uri, run.name, progress):
            progress(say("    服务器上已是最新", "    the server is up to date"))
    except (psycopg.Error, Error, postgres.CopyDiffers) as error:
        raise RuntimeError(
            f"PostgreSQL: {str(error).strip()}"
            + say("（服务器上仍是上一次的数据）", " (the server keeps the marts it had)")
        ) from error


def write_docs(home: Home) -> Path:
    """Write dbt's documentation as one self-contained page; return it.

    Raises:
        RuntimeError: dbt failed.
    """
    from extract.common.atomic import replacing

    dbt = Dbt(home.build / "docs" / "junheng.duckdb", home.build / "docs", home.logs / "dbt")
    dbt.invoke("parse")  # writes down what the page shows
    dbt.invoke("docs", "generate", "--static", "--no-compile", "--empty-catalog")
    with replacing(home.reports / "data-dictionary.html") as page:
        shutil.copyfile(dbt.target / "static_index.html", page)
    return home.reports / "data-dictionary.html"


@dataclass
class Timing:
    """Seconds each step took, and whether somebody has pressed Ctrl-C."""

    seconds: dict[str, float] = field(default_factory=dict)
    is_interrupted: bool = False

    @contextmanager
    def step(self, name: str, text: str, progress: Progress) -> Iterator[None]:
        """Announce a step and time it."""
        progress(text)
        start = dt.datetime.now()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0.0) + (dt.datetime.now() - start).total_seconds(), 2)
        if self.is_interrupted:
            raise KeyboardInterrupt

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let Ctrl-C end the night, at the end of the step at the latest: a library may swallow the exception."""

        def note(*_: object) -> None:
            self.is_interrupted = True
            raise KeyboardInterrupt

        before = signal.getsignal(signal.SIGINT)
        if before is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
            yield  # in the background, or in a thread of somebody else's program
            return
        signal.signal(signal.SIGINT, note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


def build(home: Home, selection: Selection, has_news: bool, progress: Progress, timing: Timing) -> Path:
    """Extract, validate and transform into a warehouse built aside; return the run's folder.

    Validation imports its library in a process of its own while files are read and dbt parses its project,
    if there is news.
    """
    worker = ValidationWorker()
    try:
        if has_news or selection.full:
            worker.start()
        with timing.step("extract", say("2/5 读取", "2/5 extract"), progress):
            extract(home, selection, progress)
        previous, steps = steps_to_do(home, selection.full)
        if not steps:
            progress(
                say("    没有变化，已发布的数据就是最新的", "    nothing changed: what is published is up to date")
                if is_published(home, previous)
                else say("    上次已经算好，直接发布", "    built before: to be published")
            )
        dbt = Dbt(home.build / "junheng.duckdb", home.build / "dbt", home.logs / "dbt")
        for number, step in enumerate(steps, 1):
            which = (
                say(f"  第 {number} 批，共 {len(steps)} 批", f"  batch {number} of {len(steps)}")
                if len(steps) > 1
                else ""
            )
            with timing.step("validate", say("3/5 校验", "3/5 validate") + which, progress):
                base = validate(home, step, previous, worker, progress, overlap_with=dbt.parse)
            if step is steps[-1]:
                worker.stop()  # its memory is wanted
            with timing.step("transform", say("4/5 计算", "4/5 transform") + which, progress):
                transform(home, step.run, base, previous, dbt)
            if previous and not is_published(home, previous):
                shutil.rmtree(previous)
            previous = step.run
    finally:
        worker.stop()
    return previous


def run(home: Home, selection: Selection, progress: Progress) -> Timing:
    """Walk the whole night in this process; return where the time went.

    Raises:
        NightBusy: another night is writing.
        Exception: a step failed; the last published warehouse still stands.
    """
    home.server()  # a wrong setting is said before the work
    with one_writer(home, progress):
        timing = Timing()
        try:
            with timing.interruptible():
                _walk(home, selection, timing, progress)
            return timing
        except KeyboardInterrupt:
            note_interruption(home)
            raise
        except Exception as error:
            tell_failure(home, str(error), progress)
            raise


def _walk(home: Home, selection: Selection, timing: Timing, progress: Progress) -> None:
    with timing.step("receive", say("1/5 接收", "1/5 receive"), progress):
        new = receive(home, selection)
        progress(say(f"    新收到 {new} 个文件", f"    {new} new deliveries"))
    built = build(home, selection, new > 0, progress, timing)
    with timing.step("publish", say("5/5 发布", "5/5 publish"), progress):
        publish(home, built)
    if home.served():
        with timing.step("serve", say("    送往别处", "    serve"), progress):
            serve(home, built, home.server(), progress)
    record(home, built.name, timing, progress)


def record(home: Home, run_id: str, timing: Timing, progress: Progress) -> str:
    """Write the night into the diary, tell of what is to be mended, and keep its summary under ``logs/nights/``; return
    the summary.
    """
    from extract.common.atomic import replacing
    from junheng import notices, run_log
    from publish import summary

    text = (home.reports / "summary.txt").read_text(encoding="utf-8")
    kept = home.logs / "nights" / f"{run_id}.txt"
    refused, set_aside, warned = summary.count_problems(home.warehouse)
    run_log.write(home, run_log.Night(run_log.now(), run_id, timing.seconds, refused, set_aside))
    # Once for each warehouse: a night that changed nothing has nothing to tell.
    if (refused or set_aside or warned) and not kept.exists():
        for problem in notices.send(
            say(
                f"拒收 {refused} 个文件，隔离 {set_aside} 处数据，提醒 {warned} 处",
                f"{refused} files refused, {set_aside} values or rows set aside, {warned} warnings",
            ),
            text,
        ):
            progress(say(f"    通知未送达：{problem}", f"    notice not delivered: {problem}"))
    # Last of all: if the night ends before this, the next one tells people.
    with replacing(kept) as partial:
        partial.write_text(text, encoding="utf-8")
    return text


def note_interruption(home: Home) -> None:
    """Write a night that somebody stopped into the diary; whoever stopped it need not be told."""
    from junheng import run_log

    with suppress(OSError):
        run_log.write(home, run_log.Night(run_log.now(), failure=say("被人中断", "interrupted")))


def tell_failure(home: Home, text: str, progress: Progress) -> None:
    """Write a night that failed into the diary and tell of it."""
    from junheng import notices, run_log

    with suppress(OSError):  # the disk may be what failed
        run_log.write(home, run_log.Night(run_log.now(), failure=text))
    for problem in notices.send(
        say("夜间刷新失败，已发布的数据未受影响", "the night failed, the last published warehouse still stands"), text
    ):
        progress(say(f"    通知未送达：{problem}", f"    notice not delivered: {problem}"))


def record_failure(home: Home, text: str) -> Path:
    """Keep what went wrong under ``logs/``, for whoever looks in the morning."""
    path = home.make().logs / "failure.txt"
    path.write_text(f"{dt.datetime.now().isoformat(timespec='seconds')}\n{text}\n", encoding="utf-8")
    return path
