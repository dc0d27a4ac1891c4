"""The office's pages: one self-contained file for each county, city and province, under ``reports/pages/``."""

import datetime as dt
import hashlib
import re
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow.parquet as pq

from extract.common.atomic import replacing
from extract.common.child import die_with_parent
from publish.language import say

if TYPE_CHECKING:
    from publish.pages.county import Standard
    from publish.pages.facts import Facts

Progress = Callable[[str], None]
_Chunk = list[tuple[str, str]]  # county, what its page is made of

_EVERY_COUNTY = "*"
_AT_ONCE = 50  # counties gathered by one query
_ALONE = 2  # chunks that one process writes; more are shared among all cores
# The last line of a page: what it was made of, and the first day on which its dates tell something else.
_MADE_OF = re.compile(rb"<!-- made of ([0-9a-f]{64}) until (\d{4}-\d\d-\d\d) -->\s*$")
_LINE = len("<!-- made of  until 2025-01-01 -->\n") + 64


def write(
    warehouse: Path, run: Path, folder: Path, progress: Progress, documents: tuple[Path, Path] | None = None
) -> int:
    """Write the pages whose county changed, or whose dates passed; return how many counties' pages were written.

    Each takes the place of yesterday's at once: a night killed here leaves whole pages, and the next writes the rest.

    Args:
        warehouse: the published file.
        run: folder of its run.
        folder: where pages lie, each named by its code.
        progress: told how far it is.
        documents: folder of documents and folder of their templates, where documents are wanted beside the pages.
    """
    from publish.pages import region, rendering

    today = dt.date.today()
    made_of = _made_of(run, rendering.digest())
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        regions = region.counties_of(connection)
    assessed = sorted({county for counties in regions.values() for county in counties})
    wanted = [c for c in assessed if not _is_current(_path(folder, c), made_of(c), today)]
    chunks = [[(c, made_of(c)) for c in wanted[at : at + _AT_ONCE]] for at in range(0, len(wanted), _AT_ONCE)]
    done = 0
    for chunk, problems in _written(warehouse, folder, chunks, documents):
        done += len(chunk)
        for problem in problems:
            progress(f"    {problem}")
        if len(chunks) > 1:
            progress(
                say(f"    已写 {done}/{len(wanted)} 个县区的页面", f"    {done}/{len(wanted)} counties' pages written")
            )
    of_regions = {
        code: hashlib.sha256("".join(map(made_of, counties)).encode()).hexdigest() for code, counties in regions.items()
    }
    stale = [code for code, of in of_regions.items() if not _is_current(_path(folder, code), of, today)]
    if stale:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            for code, text in region.pages(connection, stale):
                until = min(_until(_path(folder, county)) for county in regions[code])
                _put(_path(folder, code), text, of_regions[code], until)
    for page in folder.glob("[0-9]" * 6 + ".html"):
        if page.stem not in regions and page.stem not in assessed:
            page.unlink()
    return len(wanted)


def _made_of(run: Path, look: str) -> Callable[[str], str]:
    """Return a function from a county to a digest of all that its page is made of."""
    inputs = pq.read_table(run / "inputs.parquet")
    prints = dict(zip(inputs["county_code"].to_pylist(), inputs["fingerprint"].to_pylist(), strict=True))
    every = prints.get(_EVERY_COUNTY, "")
    return lambda county: hashlib.sha256(f"{look} {every} {prints.get(county, '')}".encode()).hexdigest()


def _path(folder: Path, code: str) -> Path:
    return folder / f"{code}.html"


def _is_current(page: Path, made_of: str, today: dt.date) -> bool:
    found = _last_line(page)
    return found is not None and found[1].decode() == made_of and today < dt.date.fromisoformat(found[2].decode())


def _until(page: Path) -> dt.date:
    found = _last_line(page)
    return dt.date.fromisoformat(found[2].decode()) if found else dt.date.today()


def _last_line(page: Path) -> re.Match[bytes] | None:
    if not page.exists():
        return None
    with page.open("rb") as written:
        written.seek(-min(_LINE, page.stat().st_size), 2)
        return _MADE_OF.search(written.read())


def _put(page: Path, text: str, made_of: str, until: dt.date) -> None:
    with replacing(page) as partial:
        partial.write_text(f"{text}\n<!-- made of {made_of} until {until} -->\n", encoding="utf-8")


def _written(
    warehouse: Path, folder: Path, chunks: list[_Chunk], documents: tuple[Path, Path] | None
) -> Iterable[tuple[_Chunk, list[str]]]:
    """Write the chunks, yield each when it is written, with what went wrong; many on every core."""
    if len(chunks) <= _ALONE:
        for chunk in chunks:
            yield chunk, _write(warehouse, folder, chunk, documents)
        return
    with ProcessPoolExecutor(initializer=die_with_parent, mp_context=get_context("spawn")) as processes:
        begun = {processes.submit(_write, warehouse, folder, chunk, documents): chunk for chunk in chunks}
        for each in as_completed(begun):
            yield begun[each], each.result()


def _write(warehouse: Path, folder: Path, chunk: _Chunk, documents: tuple[Path, Path] | None) -> list[str]:
    from publish.pages import county, facts

    made_of = dict(chunk)
    problems: list[str] = []
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        standard = county.Standard.of(connection)
        notice_days = facts.notice_days(connection)
        for code, of_county in facts.gather(connection, list(made_of)).items():
            if documents:
                problems += _write_documents(of_county, standard, documents[0] / code, documents[1])
            text = county.page(of_county, standard)
            _put(_path(folder, code), text, made_of[code], county.tells_until(of_county, notice_days))
    return problems


def _write_documents(of_county: "Facts", standard: "Standard", folder: Path, templates: Path) -> list[str]:
    """Put a county's documents in the place of yesterday's; return what went wrong."""
    from publish import documents

    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    problems = []
    for kind in documents.KINDS:
        try:
            documents.write(kind, documents.Order(of_county, standard, partial, templates))
        except ValueError as error:  # a template of the office's; the other documents are written all the same
            problems.append(str(error))
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    return problems
