"""Whatever comes in whatever order: the marts are those of a night from scratch on the same receipts.

``make test`` walks one fixed sequence of nights, ``make soak`` (JUNHENG_SOAK=1) many.
"""

import csv
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import SOAK, Office
from tests.factories import listing, school, table, workbook

_COUNTIES = ("649711", "649712", "639713")  # of two provinces
_YEARS = (2023, 2024, 2025)
_NIGHTS = 8 if SOAK else 3
_SEEDS = range(10) if SOAK else [3]


def figures(rng: random.Random, county: str, number: int) -> dict:
    """Return a school's figures: now and then changed, now and then wrong."""
    kind = "完全中学" if number == 4 else "教学点" if number == 3 else "小学"
    stage = "junior" if number == 4 else "primary"
    changes: dict[str, object] = {"all__multimedia_rooms": rng.choice([5, 7, 9])}
    if rng.random() < 0.3:
        changes |= rng.choice(
            [
                {f"{stage}__pupils": 201},
                {"all__books": "很多"},
                {"all__school_name": f"改名第{number}小学"},
                {f"{stage}__backbone_teachers": None},
            ]
        )
    if number == 3:
        changes |= {"all__counts_as_school": "否", "all__parent_school_id": school(county, 1)["all", "school_id"]}
    return school(county, number, kind, **changes)


def deliver_workbook(office: Office, rng: random.Random, night: int) -> None:
    county, year = rng.choice(_COUNTIES), rng.choice(_YEARS)
    workbook(
        office.landing,
        year,
        figures(rng, county, rng.randint(1, 4)),
        name=f"{rng.choice('甲乙丙')}{rng.choice(['', night])}",
    )


def deliver_list(office: Office, rng: random.Random, night: int) -> None:
    county, year = rng.choice(_COUNTIES), rng.choice(_YEARS)
    numbers = rng.sample([1, 2, 3, 4], rng.randint(1, 4))
    listing(
        office.landing,
        year,
        [figures(rng, county, n) for n in numbers],
        name=f"一览{rng.choice(['', night])}.{rng.choice(['xlsx', 'csv'])}",
    )


def deliver_change(office: Office, rng: random.Random, night: int) -> None:
    county = rng.choice(_COUNTIES)
    path = office.landing / "school_changes" / "2024" / county / f"变动{night}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    changed = school(county, rng.randint(1, 5))
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(
            [
                ["学校标识码", "学校名称", "变动类型", "变动日期", "并入学校标识码"],
                [
                    changed["all", "school_id"],
                    changed["all", "school_name"],
                    rng.choice(["撤销", "新建"]),
                    f"{rng.choice(_YEARS)}-08-{rng.randint(1, 28):02d}",
                    "",
                ],
            ]
        )


def deliver_rubbish(office: Office, rng: random.Random, night: int) -> None:
    folder = office.landing / "census" / str(rng.choice(_YEARS)) / rng.choice(_COUNTIES)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"坏{rng.randint(1, 2)}.xlsx").write_bytes(rng.choice([b"", b"PK\x03\x04", rng.randbytes(50)]))


def hand_back_a_correction(office: Office, rng: random.Random, night: int) -> None:
    corrections = sorted((office.root / "quarantine").rglob("*.xlsx"))
    if corrections:
        correction = rng.choice(corrections)
        target = (
            office.landing / "census" / correction.parent.parent.name / correction.parent.name / f"更正{night}.xlsx"
        )
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(correction, target)


def deliver_other_sources(office: Office, rng: random.Random, night: int) -> None:
    county, year = rng.choice(_COUNTIES), rng.choice(_YEARS)
    who = [
        {"school_id": s["all", "school_id"], "school_name": s["all", "school_name"]}
        for s in (school(county, n) for n in rng.sample([1, 2], rng.randint(1, 2)))
    ]
    name = f"{rng.choice(['', night])}.xlsx"
    if rng.random() < 0.5:
        table(
            office.landing,
            "finance_budget",
            year,
            county,
            [
                {**w, "public_funds_budget_yuan": 1000, "training_budget_yuan": rng.choice([40, 60, "不详", 1001])}
                for w in who
            ],
            name,
        )
    else:
        table(
            office.landing,
            "attestations",
            year,
            county,
            [
                {
                    **w,
                    "attested_indicator": "Q6",
                    "attested_answer": rng.choice(["良好", "合格", "很好"]),
                    "evidence": "合成",
                    "attested_on": "2025-01-01",
                }
                for w in who
            ],
            name,
        )


def take_a_file_away(office: Office, rng: random.Random, night: int) -> None:
    delivered = sorted(p for p in office.landing.rglob("*") if p.is_file())
    if delivered:
        rng.choice(delivered).unlink()


def put_into_another_folder(office: Office, rng: random.Random, night: int) -> None:
    delivered = sorted(p for p in office.landing.rglob("*") if p.is_file())
    if delivered:
        copied = rng.choice(delivered)
        folder = copied.parent.with_name(rng.choice(_COUNTIES))
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(copied, folder / f"抄{night}{copied.suffix}")


def withdraw(office: Office, rng: random.Random, night: int) -> None:
    delivered = sorted(p for p in office.landing.rglob("*") if p.is_file())
    if delivered:
        assert office.run(
            "withdraw", rng.choice(delivered).relative_to(office.landing).as_posix(), "--reason", "试"
        ).returncode in (0, 2)


_ACTIONS: list[Callable[[Office, random.Random, int], None]] = (
    [deliver_workbook] * 4
    + [deliver_list] * 3
    + [
        deliver_change,
        deliver_rubbish,
        hand_back_a_correction,
        hand_back_a_correction,
        deliver_other_sources,
        deliver_other_sources,
        take_a_file_away,
        put_into_another_folder,
        withdraw,
    ]
)


def from_scratch(office: Office, root: Path) -> Office:
    """Return an office that knows the same receipts and nothing else, after one night."""
    shutil.copytree(office.root / "store", root / "store")
    shutil.copytree(office.landing, root / "landing")
    fresh = Office(root, interpreter=sys.executable)
    assert fresh.refresh("--as-of", "2026-01-01").returncode in (0, 3)
    return fresh


@pytest.mark.parametrize("seed", _SEEDS)
def test_any_sequence_of_nights_ends_as_one_from_scratch(
    office: Office, tmp_path_factory: pytest.TempPathFactory, seed: int
):
    rng = random.Random(seed)
    partly = 0
    for night in range(1, _NIGHTS + 1):
        for _ in range(rng.randint(1, 5)):
            rng.choice(_ACTIONS)(office, rng, night)
        selected = ["--county", rng.choice(_COUNTIES)] if rng.random() < 0.2 else []
        done = office.refresh("--as-of", f"2025-06-{night:02d}", *selected)
        assert done.returncode in (0, 3), done.stderr
        partly += "只重算" in done.stdout
    # At least the last one: of one county only.
    deliver_workbook(office, rng, _NIGHTS + 1)
    done = office.refresh("--as-of", f"2025-06-{_NIGHTS + 1:02d}")
    assert done.returncode in (0, 3), done.stderr
    partly += "只重算" in done.stdout
    assert partly, "no night built on the one before"
    assert office.refresh("--as-of", "2026-01-01").returncode in (0, 3)
    fresh = from_scratch(office, tmp_path_factory.mktemp("scratch") / "home")
    walked, scratch = office.marts(), fresh.marts()
    on_record = latest(walked.pop("mart_check_result"))
    assert latest(scratch.pop("mart_check_result")).items() <= on_record.items()
    assert walked.keys() == scratch.keys()
    for mart in walked:
        assert walked[mart] == scratch[mart], mart
    assert len(walked["mart_lineage"]) > 100


def test_a_content_first_delivered_in_another_province_is_read_for_the_county_that_changed(
    office: Office, tmp_path_factory: pytest.TempPathFactory
):
    for county in ("649711", "649712", "639713", "639714"):
        listing(office.landing, 2025, [school(county, n) for n in (1, 2)], name="一览.csv")
    assert office.refresh("--as-of", "2025-06-01").returncode == 0
    shutil.copyfile(
        office.landing / "census" / "2025" / "649711" / "一览.csv",
        office.landing / "census" / "2025" / "639713" / "别县.csv",
    )
    listing(office.landing, 2025, [school("639713", n, all__books=9000) for n in (1, 2)], name="更正.csv")
    done = office.refresh("--as-of", "2025-06-02")
    assert "只重算" in done.stdout, done.stdout
    fresh = from_scratch(office, tmp_path_factory.mktemp("scratch") / "home")
    walked, scratch = office.marts(), fresh.marts()
    assert [len(walked["mart_file_outcome"]), len(walked["mart_lineage"])] > [10, 100]
    for mart in walked.keys() - {"mart_check_result"}:
        assert walked[mart] == scratch[mart], mart


def latest(results: list[tuple]) -> dict[tuple, tuple]:
    """Return check × source × form × year × county → what the last run on record says."""
    return {row[2:7]: row[7:] for row in sorted(results, key=lambda row: row[0])}
