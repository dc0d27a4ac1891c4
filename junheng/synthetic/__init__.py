"""Made-up counties: census files in form A or B, for trying things out and for measuring.

Every name carries 合成 (synthetic). Same arguments, same bytes.
"""

import csv
import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from junheng.synthetic.county import LARGEST, School, figures, roster
from junheng.synthetic.dirt import Dirt, kinds
from junheng.synthetic.files import Layout, write_list, write_workbook
from junheng.synthetic.sources import write_sources

CLEAN = Dirt("", "in_force")
# Provinces by the first two digits of a county's code, each as often as it has counties (in tens).
_PROVINCES = {
    11: 2,
    12: 2,
    13: 17,
    14: 12,
    15: 10,
    21: 10,
    22: 6,
    23: 12,
    31: 2,
    32: 10,
    33: 9,
    34: 10,
    35: 8,
    36: 10,
    37: 14,
    41: 16,
    42: 10,
    43: 12,
    44: 12,
    45: 11,
    46: 3,
    50: 4,
    51: 18,
    52: 9,
    53: 13,
    54: 7,
    61: 11,
    62: 9,
    63: 4,
    64: 2,
    65: 11,
}


@dataclass(frozen=True)
class County:
    """A made-up county: its code, how many schools it has, and how it delivers.

    ``form`` is ``workbook`` (one per school), ``list`` (one ``.xlsx`` per county) or ``csv`` (the same, as CSV).
    """

    code: str
    schools: int
    form: str

    @property
    def name(self) -> str:
        """Return its name, which says that it does not exist."""
        return f"合成县{self.code}"


@dataclass(frozen=True)
class Written:
    """A file written: where, with what dirt ('' for none), and what it must lead to."""

    path: str
    dirt: str
    status: str
    reason: str


def nation(counties: int, schools: int, form: str, seed: int) -> list[County]:
    """Return counties over all provinces, of very different sizes, with ``schools`` schools in all.

    ``form`` is a county's, or ``mixed``: lists, half of them as CSV.

    Raises:
        ValueError: fewer schools than counties, or more than their codes leave room for.
    """
    if not counties <= schools <= counties * LARGEST:
        raise ValueError(f"{schools} schools for {counties} counties")
    rng = random.Random(f"{seed}/nation")
    provinces = [province for province, share in _PROVINCES.items() for _ in range(share)]
    seen: Counter[int] = Counter()
    codes = []
    for i in range(counties):
        province = provinces[i % len(provinces)]
        seen[province] += 1
        codes.append(f"{province}{9000 + seen[province]}")
    codes.sort()
    weights = [rng.lognormvariate(0, 0.5) for _ in codes]
    spare, total = schools - counties, sum(weights)
    sizes = [1 + int(spare * weight / total) for weight in weights]
    for i in range(schools - sum(sizes)):
        sizes[i % counties] += 1
    return [
        County(code, min(size, LARGEST), ("list", "csv")[i % 2] if form == "mixed" else form)
        for i, (code, size) in enumerate(zip(codes, sizes, strict=True))
    ]


def write_nation(
    target: Path,
    counties: list[County],
    years: list[int],
    seed: int,
    processes: int,
    progress: Callable[[int], None],
    dirt: float = 0.0,
    sources: bool = False,
) -> list[Written]:
    """Write every county's files, several counties at once; return what was written.

    ``dirt`` is the share of census files that get one kind of dirt each; ``sources`` adds finance, registers,
    monitoring, surveys and attestations.
    """
    written: list[Written] = []
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for files in pool.map(
            partial(write_county, target, years=years, seed=seed, dirt=dirt, sources=sources), counties, chunksize=4
        ):
            written += files
            progress(1)
    return written


def write_county(
    target: Path, county: County, years: list[int], seed: int, dirt: float = 0.0, sources: bool = False
) -> list[Written]:
    """Write a county's files under ``target/<source>/<year>/<county>/``; return what was written."""
    schools = roster(county.code, county.schools, seed)
    written = [
        file
        for year in years
        for file in _write_year(target / "census" / str(year) / county.code, county, schools, year, seed, dirt)
    ]
    return written + (_write_sources(target, county, schools, years, seed) if sources else [])


def write_other_sources(target: Path, counties: list[County], years: list[int], seed: int, processes: int) -> int:
    """Write what belongs to the counties' census from every other source; return the number of files."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return sum(pool.map(partial(_count_sources, target, years=years, seed=seed), counties, chunksize=4))


def _count_sources(target: Path, county: County, years: list[int], seed: int) -> int:
    return len(_write_sources(target, county, roster(county.code, county.schools, seed), years, seed))


def _write_sources(target: Path, county: County, schools: list[School], years: list[int], seed: int) -> list[Written]:
    written: list[Written] = []
    for year in years:
        reported = [figures(school, county.code, county.name, year, seed) for school in schools]
        written += [
            Written(path.relative_to(target).as_posix(), "", "in_force", "")
            for path in write_sources(
                target, county.code, schools, reported, year, seed, "xlsx" if county.form == "workbook" else "csv"
            )
        ]
    return written


def _write_year(
    folder: Path, county: County, schools: list[School], year: int, seed: int, dirt: float
) -> Iterator[Written]:
    folder.mkdir(parents=True, exist_ok=True)
    is_list = county.form != "workbook"
    for name, reported in (
        [(f"{county.name}{year}学校一览导出", schools)] if is_list else [(s.name, [s]) for s in schools]
    ):
        rng = random.Random(f"{seed}/{county.code}/{name}/{year}/dirt")
        kind = rng.choice(kinds(county.form, len(reported))) if rng.random() < dirt else CLEAN
        yield from _write_file(folder, name, county, reported, year, seed, kind)


def _write_file(
    folder: Path, name: str, county: County, schools: list[School], year: int, seed: int, kind: Dirt
) -> Iterator[Written]:
    values = [figures(school, county.code, county.name, year, seed) for school in schools]
    if kind.figures:
        kind.figures(values)
    path = folder / f"{name}.{'csv' if county.form == 'csv' else 'xlsx'}"
    if county.form == "workbook":
        write_workbook(
            path, year + kind.year_shift, values[0], Layout(), random.Random(f"{seed}/{schools[0].school_id}/layout")
        )
    else:
        write_list(path, county.name, year + kind.year_shift, values)
    if kind.content:
        path.write_bytes(kind.content(path.read_bytes()))
    if kind.suffix:
        path = path.rename(path.with_suffix(f".{kind.suffix}"))
    place = f"census/{year}/{county.code}"
    if kind.status != "duplicate":
        yield Written(f"{place}/{path.name}", kind.kind, kind.status, kind.reason)
        return
    copy = path.with_name(f"{path.stem}（副本）{path.suffix}")
    copy.write_bytes(path.read_bytes())
    first, second = sorted((path.name, copy.name))
    yield Written(f"{place}/{first}", kind.kind, "in_force", "")
    yield Written(f"{place}/{second}", kind.kind, "duplicate", "")


def write_expected(path: Path, written: list[Written]) -> None:
    """Write what each file with dirt must lead to, as CSV."""
    with path.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(Written.__dataclass_fields__)
        rows.writerows(astuple(file) for file in written if file.dirt)
