"""The log of runs, ``logs/nights/diary.jsonl``: when each ended, what each step took, what it left to be mended."""

import datetime as dt
import json
from dataclasses import asdict, dataclass, field

from extract.common.atomic import add_line, replacing
from junheng.home import Home
from publish.language import say

LATE_AFTER_HOURS = 24.0  # older than this, the last success counts as overdue


@dataclass(frozen=True)
class Night:
    """One night: its run, seconds by step, files refused, values or rows set aside; or why it failed."""

    ended_at: str
    run: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    refused: int = 0
    set_aside: int = 0
    failure: str = ""


def now() -> str:
    """Return the moment in UTC, ISO 8601."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def write(home: Home, night: Night) -> None:
    """Add a night; a line of the log is never changed."""
    add_line(home.logs / "nights" / "diary.jsonl", json.dumps(asdict(night), ensure_ascii=False))


def read(home: Home) -> list[Night]:
    """Return every night, oldest first; a line that a kill cut short does not count."""
    path = home.logs / "nights" / "diary.jsonl"
    nights = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            nights.append(Night(**json.loads(line)))
        except ValueError:
            continue
    return nights


def overdue(home: Home, hours: float = LATE_AFTER_HOURS) -> str | None:
    """Return what to say if no night has ended well within that many hours, else None.

    An installation on which none has ended well yet has as many hours from the first night or the first question.
    """
    nights = read(home)
    good = [night for night in nights if not night.failure]
    last = dt.datetime.fromisoformat(good[-1].ended_at) if good else None
    if dt.datetime.now(dt.UTC) - (last or _begun(home, nights)) <= dt.timedelta(hours=hours):
        return None
    ended = f"{last.astimezone():%Y-%m-%d %H:%M}" if last else ""
    since = (
        say(f"上一次成功是 {ended}", f"the last good one ended {ended}")
        if last
        else say("还没有一次成功的刷新", "no night has ended well yet")
    )
    failures = [night for night in nights if night.failure and (not good or night.ended_at > good[-1].ended_at)]
    late = say(f"{hours:g} 小时内没有成功的刷新：{since}。", f"No good night within {hours:g} hours: {since}.")
    if failures:
        late += "\n" + say(
            f"此后失败 {len(failures)} 次，最近一次：{failures[-1].failure}",
            f"{len(failures)} failed since, the last with: {failures[-1].failure}",
        )
    return late


def _begun(home: Home, nights: list[Night]) -> dt.datetime:
    """Return when the first run ended, or when somebody first asked for one: kept, so that the hours run from then."""
    if nights:
        return dt.datetime.fromisoformat(nights[0].ended_at)
    asked = home.logs / "nights" / "asked_since"
    if not asked.exists():
        with replacing(asked) as partial:
            partial.write_text(now(), encoding="utf-8")
    return dt.datetime.fromisoformat(asked.read_text(encoding="utf-8"))
