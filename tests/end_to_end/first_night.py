"""What the first night of the office that many tests share takes in: counties that have nothing to do with each other.

A test that looks reads the shared office; one that runs another night copies it.
"""

from pathlib import Path

import openpyxl
import xlwt

from tests.factories import listing, school, table, workbook

DAY = "2025-07-01"
PLAIN = "649881"  # one school that meets everything
# County → how its list of three schools is saved.
FILE_TYPES = {
    "649610": "xlsx",
    "649611": "utf-8",
    "649612": "utf-8-sig",
    "649613": "gb18030",
    "649614": "xls",
    "649615": "xls workbook",
}
SURVEYED = "649872"
CONCEDED = "649871"  # whose verdicts change with concessions
LEFT_OUT = "649873"  # of whose two schools the registers name one


def deliver(landing: Path) -> None:
    """Drop everything."""
    concessions(landing)
    workbook(landing, 2024, school(PLAIN, 1))
    _file_types(landing)
    _survey(landing)
    _left_out(landing)


def _file_types(landing: Path) -> None:
    """A five-row header saved as CSV has lost its merges; the figures must not notice."""
    for county, kind in FILE_TYPES.items():
        schools = [school(county, 1), school(county, 2, "九年一贯制学校"), school(county, 3, "初级中学")]
        if kind == "xls workbook":
            for figures in schools:
                _as_xls(workbook(landing, 2024, figures))
            continue
        path = listing(landing, 2024, schools)
        if kind == "xls":
            _as_xls(path)
        elif kind != "xlsx":
            _as_csv(path, kind)


def _as_csv(path: Path, encoding: str) -> None:
    rows = [
        ["" if v is None else str(v) for v in row]
        for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    ]
    path.with_suffix(".csv").write_bytes("\r\n".join(",".join(row) for row in rows).encode(encoding))
    path.unlink()


def _as_xls(path: Path) -> None:
    old = xlwt.Workbook()
    for sheet in openpyxl.load_workbook(path):
        page = old.add_sheet(sheet.title)
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    page.write(cell.row - 1, cell.column - 1, cell.value)
    path.unlink()
    old.save(str(path.with_suffix(".xls")))


def _survey(landing: Path) -> None:
    """Single answers of a lopsided sample: 52 satisfied of 57, nobody in town or country."""
    workbook(landing, 2024, school(SURVEYED, 1))
    given = {
        ("家长", "城区"): ["满意"] * 20 + ["不满意"] * 5,
        ("教师", "城区"): ["基本满意"] * 30 + ["不了解"] * 4,
        ("学生", "城区"): ["非常满意"] * 2,
    }
    answers = [
        {"respondent_group": group, "urban_rural": area, "answer": answer}
        for (group, area), all_of_them in given.items()
        for answer in all_of_them
    ]
    numbered = [{"answer_number": str(n), **row} for n, row in enumerate(answers)]
    table(landing, "survey_answers", 2025, SURVEYED, numbered)
    residents = [{"urban_rural": a, "residents": n} for a, n in (("城区", 30000), ("镇区", 5000), ("乡村", 6000))]
    table(landing, "survey_population", 2025, SURVEYED, residents)


def _left_out(landing: Path) -> None:
    """Registers that name the first of two schools only, and one music room."""
    from tests.end_to_end.test_indicators import attest

    for number in (1, 2):
        workbook(landing, 2024, school(LEFT_OUT, number))
    one = {"school_id": f"2{LEFT_OUT}001", "school_name": "合成第1小学"}
    county = {"county_code": LEFT_OUT, "county_name": f"合成县{LEFT_OUT}", "posts_approved": 26}
    room = {**one, "room_name": "一", "room_use": "音乐", "room_area_m2": 100}
    table(landing, "hr_posts", 2024, LEFT_OUT, [{**one, "posts_allocated": 12}])
    table(landing, "hr_county", 2024, LEFT_OUT, [county])
    table(landing, "attestations", 2025, LEFT_OUT, [attest("G10", item="统筹分配编制和岗位")])
    table(landing, "room_register", 2024, LEFT_OUT, [room])
    budget = {**one, "public_funds_budget_yuan": 200000, "training_budget_yuan": 9999}
    table(landing, "finance_budget", 2024, LEFT_OUT, [budget])


def concessions(landing: Path) -> None:
    """One built in 2000, in town, with 2 300 pupils; two built in 2020, rural, its classes small; three built in 2017.

    Four and five, built in 2020, rural, have 2 300 pupils each; exactly half of four's are migrants, one more of
    five's.
    """
    one, two, three, four, five = (f"2{CONCEDED}00{n}" for n in range(1, 6))
    grades = {f"primary__pupils_grade_{g}": n for g, n in zip(range(1, 7), (383, 383, 383, 383, 384, 384), strict=True)}
    large = {"primary__pupils": 2300, "primary__classes": 66, "primary__classes_31_35": 66, **grades}
    workbook(landing, 2024, school(CONCEDED, 1, all__year_built=2000, **large))
    small = {f"primary__pupils_grade_{g}": 20 for g in range(1, 7)} | {
        "primary__classes_31_35": 0,
        "primary__classes_25_or_fewer": 6,
        "primary__pupils": 120,
    }
    workbook(landing, 2024, school(CONCEDED, 2, all__year_built=2020, all__urban_rural="乡村", **small))
    workbook(landing, 2024, school(CONCEDED, 3, all__year_built=2017))
    for number in (4, 5):
        workbook(landing, 2024, school(CONCEDED, number, all__year_built=2020, all__urban_rural="乡村", **large))
    # 66 classes ask for 6 rooms of each kind, 6 classes for one.
    rooms = [
        (one, 6, 73.0, 67.0),
        (two, 1, 54.0, 54.0),
        (three, 1, 73.0, 67.0),
        (four, 6, 120.0, 120.0),
        (five, 6, 120.0, 120.0),
    ]
    table(
        landing,
        "room_register",
        2024,
        CONCEDED,
        [
            {"school_id": s, "school_name": "合成", "room_name": f"{use}{i}", "room_use": use, "room_area_m2": area}
            for s, n, music, art in rooms
            for use, area in (("音乐", music), ("美术", art))
            for i in range(n)
        ],
    )
    zones = [
        (one, 2300, 2290, 380, 380, None),
        (three, 200, 200, 33, 33, None),
        (four, 2300, 2300, 383, 383, 1150),
        (five, 2300, 2300, 383, 383, 1151),
    ]
    table(
        landing,
        "enrolment_zones",
        2024,
        CONCEDED,
        [
            {
                "school_id": s,
                "school_name": "合成",
                "school_stage": "小学",
                "pupils": p,
                "pupils_in_zone": i,
                "entrants": e,
                "entrants_in_zone": z,
                "migrant_pupils": m,
            }
            for s, p, i, e, z, m in zones
        ],
    )
