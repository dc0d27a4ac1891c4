"""What a run came to: its entry in the log, notices, the summary that is kept, the reason of a failure."""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from junheng.home import Home
from publish.language import say

Progress = Callable[[str], None]


def record(home: Home, run_id: str, seconds: dict[str, float], progress: Progress) -> str:
    """Write the run into the log, send notices of what is to be mended, keep its summary under ``logs/nights/``.

    Returns:
        The summary.
    """
    from extract.common.atomic import replacing
    from junheng import notices, run_log
    from publish import facts

    text = (home.reports / "summary.txt").read_text(encoding="utf-8")
    kept = home.logs / "nights" / f"{run_id}.txt"
    refused, set_aside, warned = facts.count_problems(home.warehouse)
    run_log.write(home, run_log.Night(run_log.now(), run_id, seconds, refused, set_aside))
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
    """Write a run that somebody stopped into the log; no notice is sent."""
    from junheng import run_log

    with suppress(OSError):
        run_log.write(home, run_log.Night(run_log.now(), failure=say("被人中断", "interrupted")))


def tell_failure(home: Home, text: str, progress: Progress) -> None:
    """Write a failed run into the log and send a notice."""
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
