"""A run from the drop folder to its summary: the order of the steps, shared by command line and DAG.

receive → build (extract, validate, transform) → publish → write_pages → distribute → summarise. Each task takes and
returns plain values, so that Airflow can hand them on. Airflow may split reading and checking over shards of counties:
receive → read_shard … → gather → check_shard … → build.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from junheng.home import Home
from junheng.selection import Selection
from junheng.timing import Timing
from publish.language import say

if TYPE_CHECKING:
    from publish.answers import Answers

Progress = Callable[[str], None]


@dataclass
class Run:
    """A run on its way: what it takes in, what it has found, where its time went."""

    home: Home
    selection: Selection
    progress: Progress
    timing: Timing = field(default_factory=Timing)
    more_targets: dict[str, str] = field(default_factory=dict)  # target → address, besides those of the settings
    summary: str = ""
    answers: "Answers | None" = None  # of the warehouse that was published, where this process published it
    news: int = 0
    folder: Path | None = None
    id: str = field(default_factory=lambda: str(uuid4()))  # that events of this run bear

    def state(self) -> dict[str, Any]:
        """Return what the next task has to know, as plain values."""
        run = self.folder.name if self.folder else ""
        return {"news": self.news, "run": run, "seconds": self.timing.seconds, "id": self.id}

    def go_on_from(self, state: dict[str, Any]) -> "Run":
        """Take up what the task before returned."""
        self.news, self.timing, self.id = state["news"], Timing(dict(state["seconds"])), state["id"]
        self.folder = self.home.build / state["run"] if state["run"] else None
        return self

    def targets(self) -> dict[str, str]:
        """Return target → address of every target that is to get the marts.

        Raises:
            ValueError: a setting is none that is allowed.
        """
        from junheng.settings import settings

        set_up = settings()
        return self.more_targets | {name: getattr(set_up, name, "") for name in set_up.targets}


def receive(run: Run) -> None:
    """Take in the drop folder."""
    from junheng import steps
    from junheng.completeness import require_complete

    require_complete()
    with run.timing.step("receive", say("1/5 接收", "1/5 receive"), run.progress):
        run.news, shipped = steps.receive(run.home, run.selection)
        run.progress(
            say(f"    新收到 {run.news - shipped} 个文件", f"    {run.news - shipped} new deliveries")
            + (
                say(f"，另有程序自带的公开数据 {shipped} 个", f", and {shipped} that come with the program")
                if shipped
                else ""
            )
        )


def build(run: Run) -> None:
    """Extract, validate and transform into a warehouse built aside.

    Great Expectations is imported in a process of its own while files are read, and dbt parses its project meanwhile,
    if there is news.
    """
    from expectations.worker import ValidationWorker
    from junheng import shards, steps
    from junheng.dbt import Dbt
    from junheng.run_plan import is_published, runs_to_do

    home, timing, progress = run.home, run.timing, run.progress
    worker = ValidationWorker()
    try:
        if run.news or run.selection.full:
            worker.start()
        with timing.step("extract", say("2/5 读取", "2/5 extract"), progress):
            steps.extract(home, run.selection, progress)
        previous, batches = runs_to_do(home, run.selection.full)
        if not batches and previous:
            progress(
                say("    没有变化，已发布的数据就是最新的", "    nothing changed: what is published is up to date")
                if is_published(home, previous)
                else say("    上次已经算好，直接发布", "    built before: to be published")
            )
        dbt = Dbt(home.build / "junheng.duckdb", home.build / "dbt", home.logs / "dbt")
        get_ready = partial(steps.get_ready, home, dbt, run.selection.full)
        for number, batch in enumerate(batches, 1):
            of_all = say(f"  第 {number} 批，共 {len(batches)} 批", f"  batch {number} of {len(batches)}")
            which = of_all if len(batches) > 1 else ""
            with timing.step("validate", say("3/5 校验", "3/5 validate") + which, progress):
                base = steps.validate(home, batch, previous, worker, progress, overlap_with=get_ready)
            if batch is batches[-1]:
                worker.stop()  # its memory is wanted
            with timing.step("transform", say("4/5 计算", "4/5 transform") + which, progress):
                steps.transform(home, batch.folder, base, previous, dbt, run.selection.full)
            if previous and not is_published(home, previous):
                shutil.rmtree(previous)
            previous = batch.folder
    finally:
        worker.stop()
    shards.clear(home)
    run.folder = previous


def read_shard(run: Run, number: int, of: int) -> None:
    """Read what is new of one of several shards of the counties."""
    from junheng.shards import Shard

    read = Shard(run.home, number, of).read(run.selection.full)
    run.progress(say(f"    第 {number + 1} 片读取 {read} 个文件", f"    shard {number + 1}: {read} files read"))


def gather(run: Run) -> None:
    """Put what the shards have read into bronze; find the run that their checks are for."""
    from junheng import steps
    from junheng.run_plan import runs_to_do

    with run.timing.step("gather", say("    合并", "    gather"), run.progress):
        steps.extract(run.home, run.selection, run.progress)
        _, batches = runs_to_do(run.home, run.selection.full)
        run.folder = batches[-1].folder if batches else None


def check_shard(run: Run, number: int, of: int) -> None:
    """Check one of several shards of the counties, if there is a run to do."""
    from junheng.shards import Shard

    if run.folder:
        Shard(run.home, number, of).check(run.folder)


def publish(run: Run) -> None:
    """Check the built warehouse and put it in the place of the published one."""
    from junheng import steps

    with run.timing.step("publish", say("5/5 发布", "5/5 publish"), run.progress):
        run.answers = steps.publish(run.home, _folder(run))


def write_pages(run: Run) -> None:
    """Write the pages of the counties that changed, unless no pages are wanted."""
    from junheng import steps
    from junheng.settings import settings

    if settings().pages:
        with run.timing.step("pages", say("    写页面", "    write pages"), run.progress):
            written = steps.write_pages(run.home, _folder(run), run.progress, settings().documents)
            if written:
                run.progress(
                    say(
                        f"    写好 {written} 个县区的页面：{run.home.pages}",
                        f"    pages of {written} counties written: {run.home.pages}",
                    )
                )


def distribute(run: Run) -> None:
    """Copy the marts to the targets that are wanted."""
    from junheng import steps

    if addresses := run.targets():
        with run.timing.step("serve", say("    送往别处", "    copy to targets"), run.progress):
            steps.distribute(run.home, _folder(run), addresses, run.progress)


def summarise(run: Run) -> None:
    """Write the run into the log, keep its summary, send notices."""
    from junheng import outcome

    run.summary = outcome.record(run.home, _folder(run).name, run.timing.seconds, run.progress)


TASKS: tuple[Callable[[Run], None], ...] = (receive, build, publish, write_pages, distribute, summarise)
# Between receive and build, where a night is split: read_shard of each shard, gather, check_shard of each.
SHARD_TASKS: tuple[Callable[[Run, int, int], None], ...] = (read_shard, check_shard)


def run_all(home: Home, selection: Selection, progress: Progress) -> Run:
    """Walk every task in this process; return the run.

    Raises:
        HomeBusy: another run is writing.
        Exception: a step failed; the last published warehouse still stands.
    """
    from junheng import outcome
    from junheng.writer_lock import one_writer

    run = Run(home, selection, progress)
    run.targets()  # a wrong setting is told before the work
    with one_writer(home, progress):
        try:
            with run.timing.interruptible():
                for task in TASKS:
                    _walk(task, run)
            return run
        except KeyboardInterrupt:
            outcome.note_interruption(home)
            raise
        except Exception as error:
            outcome.tell_failure(home, str(error), progress)
            raise


def run_task(name: str, run: Run, state: dict[str, Any] | None) -> dict[str, Any]:
    """Walk one task, on what the task before returned; return what the next has to know.

    Raises:
        HomeBusy: another run is writing.
        Exception: the task failed; the last published warehouse still stands.
    """
    from junheng.writer_lock import one_writer

    task = next(task for task in (*TASKS, gather) if task.__name__ == name)
    if state:
        run.go_on_from(state)
    with one_writer(run.home, run.progress):
        _walk(task, run)
    return run.state()


def run_shard(name: str, run: Run, state: dict[str, Any], number: int, of: int) -> None:
    """Walk one task of one shard; several may run at once, on several machines.

    Raises:
        Exception: the task failed; what the shard finished is found by the next try.
    """
    task = next(task for task in SHARD_TASKS if task.__name__ == name)
    task(run.go_on_from(state), number, of)


def _walk(task: Callable[[Run], None], run: Run) -> None:
    from junheng.lineage_events import reported

    with reported(task.__name__, run.home, run.id, run.progress):
        task(run)


def _folder(run: Run) -> Path:
    if run.folder is None:
        raise RuntimeError(say("没有收到过任何文件。", "Nothing has ever been received."))
    return run.folder
