"""Thousands of files made wrong at random: no traceback, no row unaccounted for, one outcome per file.

``make test`` tries a fixed few, ``make soak`` (JUNHENG_SOAK=1) thousands.
"""

import random
from pathlib import Path

import pytest

from extract.definitions.forms import load_form
from extract.refusal import catalogue
from junheng.synthetic import County, write_county
from tests.conftest import SOAK, Office
from tests.mutations import mutate, name, timeless
from tests.verify_lineage import wrong_cells
from tests.ways_of_writing import FORMATS, list_forms
from tests.ways_of_writing import sound as sound_table

_FILES = 400 if SOAK else 150
_ROUNDS = range(20) if SOAK else range(1)
_STATUSES = {"in_force", "replaced", "duplicate", "withdrawn", "quarantined", "refused"}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Sound files of every form of every source, the census of counties of their own."""
    landing = tmp_path_factory.mktemp("sound")
    for i in range(12):
        write_county(landing, County(f"6497{i:02d}", 3, ("workbook", "list", "csv")[i % 3]), [2024], 1, sources=i == 0)
    have = {path.stem for path in landing.rglob("*")}
    for other in {*list_forms(2024)} - have - {"census_list"}:
        for suffix, written in FORMATS.items():
            path = landing / load_form(other, 2024).source / "2024" / "649700" / f"{other}.{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(written(sound_table(other, 2024), random.Random(1)))
    files = sorted(p for p in landing.rglob("*") if p.is_file())
    for path in files:
        if path.suffix == ".xlsx":
            path.write_bytes(timeless(path.read_bytes()))
    return files


@pytest.mark.parametrize("round_", _ROUNDS)
def test_every_file_ends_with_one_outcome_and_every_cell_can_be_found_again(
    sound: list[Path], office: Office, round_: int
):
    rng = random.Random(round_)
    done_to = {}
    by_source: dict[str, list[Path]] = {}
    for path in sound:
        by_source.setdefault(path.parts[-4], []).append(path)
    for number in range(_FILES):
        # Every other file a census, the other sources in turn.
        source = "census" if number % 2 else [*by_source][number // 2 % len(by_source)]
        original = rng.choice(by_source[source])
        year, county = original.parts[-3:-1]
        if source != "census":
            county = f"65{number:04d}"  # of its own: files of one form in one night would refuse each other
        suffix = original.suffix[1:]
        what, content = mutate(original.read_bytes(), suffix, rng)
        # A folder of its own, so that one file's verdict does not hang on another's.
        path = office.landing / source / rng.choice([year, year, "2023"]) / county / name(rng, number, suffix)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        done_to[path.relative_to(office.landing).as_posix()] = what
    night = office.refresh()
    assert night.returncode in (0, 3), night.stderr
    receipts = dict(
        office.query(
            "select path, count(distinct receipt) from marts.mart_file_outcome where path not like 'shipped:%' "
            "group by all"
        )
    )
    assert receipts == dict.fromkeys(done_to, 1)
    final = (
        "select path, status, reason, message_zh, rows_in, rows_loaded + rows_quarantined + rows_non_data from "
        "marts.mart_file_outcome where step <> 'receive' qualify row_number() over (partition by county_code, receipt "
        "order by step desc) = 1"
    )
    for path, status, reason, message, rows_in, accounted in office.query(final):
        what = done_to.get(path)
        assert status in _STATUSES, (path, what, status)
        assert rows_in == accounted, (path, what)
        assert reason != "reader_failed", (path, what, message)
        assert status != "refused" or (message and (reason in catalogue() or reason == "quarantined")), (
            path,
            what,
            reason,
        )
    seen, wrong = wrong_cells(office)
    assert seen > 500 and not wrong, wrong[:5]
