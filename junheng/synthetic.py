"""A made-up county: census files in form A or B, laid out from the form definitions.

Every name carries 合成 (synthetic). Same arguments, same bytes. Figures hang together as the census' own
checks demand, so that a clean county is accepted without a word.
"""

import csv
import datetime as dt
import io
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import xlsxwriter

from extract.forms import Field, Form, form, measure_units, unit_factors
from extract.text import cell_address

Key = tuple[str, str]  # stage, measure
_DIGITS = "一二三四五六七八九十"
_BINS = ((25, "25_or_fewer"), (30, "26_30"), (35, "31_35"), (40, "36_40"), (45, "41_45"), (50, "46_50"), (55, "51_55"), (60, "56_60"), (65, "61_65"), (999, "66_or_more"))
_TYPES = {
    "小学": ("primary",),
    "教学点": ("primary",),
    "初级中学": ("junior",),
    "九年一贯制学校": ("primary", "junior"),
    "十二年一贯制学校": ("primary", "junior", "senior"),
    "完全中学": ("junior", "senior"),
    "特殊教育学校": ("primary",),
}
# What a county of 24 has; larger ones repeat it.
_MIX = ("小学",) * 12 + ("初级中学",) * 4 + ("九年一贯制学校",) * 3 + ("教学点",) * 2 + ("十二年一贯制学校", "完全中学", "特殊教育学校")
_GRADES = {"primary": range(1, 7), "junior": range(7, 10), "senior": range(10, 13)}


@dataclass(frozen=True)
class Layout:
    """How a workbook departs from the printed form without changing a figure."""

    shuffled: bool = False
    extra_sheets: int = 0
    added_columns: bool = False
    shifted_lines: int = 0


@dataclass
class School:
    """One made-up school, growing from year to year."""

    number: int
    school_id: str
    name: str
    school_type: str
    place: str
    run_by: str
    parent_id: str | None
    year_built: int
    grade_size: dict[str, float]
    taste: dict[str, float] = field(default_factory=dict)


def write_county(target: Path, county: str, schools: int, years: list[int], form_kind: str, seed: int, layout: Layout | None = None) -> int:
    """Write a county's files under ``target/census/<year>/<county>/``; return how many."""
    name = f"合成县{county}"
    roster = _roster(county, schools, random.Random(f"{seed}/{county}"))
    written = 0
    for year in years:
        folder = target / "census" / str(year) / county
        folder.mkdir(parents=True, exist_ok=True)
        figures = {s.school_id: _figures(s, county, name, year, random.Random(f"{seed}/{s.school_id}/{year}")) for s in roster}
        if form_kind == "list":
            write_list(folder / f"{name}{year}学校一览导出.xlsx", name, year, figures.values())
            written += 1
            continue
        for school in roster:
            write_workbook(folder / f"{school.name}.xlsx", year, figures[school.school_id], layout or Layout(), random.Random(f"{seed}/{school.school_id}/layout"))
            written += 1
    return written


def _roster(county: str, size: int, rng: random.Random) -> list[School]:
    schools: list[School] = []
    for i in range(size):
        school_type = _MIX[i % len(_MIX)]
        nth = sum(s.school_type == school_type for s in schools) + 1
        place = rng.choice(["城区", "镇区", "镇区", "乡村"]) if school_type != "教学点" else "乡村"
        big = rng.lognormvariate(0, 0.55)
        small = school_type in ("教学点", "特殊教育学校")
        # The second point of each kind is a campus counted with the first school.
        parent = schools[0].school_id if school_type == "教学点" and nth % 2 == 0 else None
        schools.append(
            School(
                number=i + 1,
                school_id=f"2{county}{i + 1:03d}",
                name=f"合成第{_chinese(nth)}{school_type}",
                school_type=school_type,
                place=place,
                run_by="民办" if i % 24 == 9 else "教育部门",
                parent_id=parent,
                year_built=rng.randint(1985, 2021),
                grade_size={"primary": (rng.uniform(4, 15) if small else 70 * big), "junior": 110 * big, "senior": 80 * big},
                taste={key: rng.gauss(1, spread) for key, spread in (("teachers", 0.1), ("backbone", 0.6), ("pe", 0.2), ("rooms", 0.15), ("ground", 0.22), ("equipment", 0.34), ("classrooms", 0.12))},
            )
        )
    return schools


def _chinese(number: int) -> str:
    if number <= 10:
        return _DIGITS[number - 1]
    tens, ones = divmod(number, 10)
    return ("" if tens == 1 else _DIGITS[tens - 1]) + "十" + (_DIGITS[ones - 1] if ones else "")


def _figures(school: School, county: str, county_name: str, year: int, rng: random.Random) -> dict[Key, object]:
    """Return every figure of one school and year, in the warehouse's units."""
    f: dict[Key, object] = {
        ("all", "school_name"): school.name,
        ("all", "school_id"): school.school_id,
        ("all", "urban_rural"): school.place,
        ("all", "county_code"): county,
        ("all", "county_name"): county_name,
        ("all", "school_type"): school.school_type,
        ("all", "run_by"): school.run_by,
        ("all", "counts_as_school"): "否" if school.parent_id else "是",
        ("all", "parent_school_id"): school.parent_id,
        ("all", "is_boarding"): "是" if school.number % 7 == 0 else "否",
        ("all", "year_built"): school.year_built,
    }
    stages = _TYPES[school.school_type]
    teachers = pupils = 0
    for stage in stages:
        grades = {g: max(1, round(school.grade_size[stage] * rng.uniform(0.92, 1.08))) for g in _GRADES[stage]}
        f |= {(stage, f"pupils_grade_{g}"): n for g, n in grades.items()}
        f[stage, "pupils"] = sum(grades.values())
        pupils += f[stage, "pupils"]
        staff = max(1, round(f[stage, "pupils"] / 15 * school.taste["teachers"]))
        teachers += staff
        f[stage, "full_time_teachers"] = staff
        if stage != "senior":
            _class_sizes(f, stage, grades, rng)
            _teachers(f, stage, staff, school.taste, rng)
    years_on = year - 2022
    f["all", "full_time_teachers"] = teachers
    f["all", "staff"] = round(teachers * 1.12) + 1
    indoor = 0.0 if pupils < 300 else round(rng.choice([0.0, 320.5, 860.25]), 2)
    weighted = sum(f[stage, "pupils"] * (1.0 if stage == "primary" else 1.3) for stage in stages)
    rooms = round(weighted * 6.6 * max(0.6, school.taste["rooms"]) * (1 + 0.01 * years_on), 2)
    library = round(rooms * 0.1, 2)
    classroom, special = round(rooms * 0.55, 2), round(rooms * 0.2, 2)
    public = round(library + indoor + rooms * 0.05, 2)
    f |= {("all", "classroom_area_m2"): classroom, ("all", "special_room_area_m2"): special, ("all", "public_room_area_m2"): public}
    f |= {("all", "library_area_m2"): library, ("all", "indoor_sports_area_m2"): indoor}
    teaching = round(classroom + special + public, 2)
    parts = {"administration_area_m2": round(teaching * 0.15, 2), "living_area_m2": round(teaching * 0.3, 2), "other_area_m2": 0.0}
    f["all", "teaching_area_m2"] = teaching
    f |= {("all", k): v for k, v in parts.items()}
    f["all", "building_area_m2"] = round(teaching + sum(parts.values()), 2)
    f["all", "sports_ground_area_m2"] = round(weighted * 11.5 * max(0.5, school.taste["ground"]), 2)
    f["all", "land_area_m2"] = round(f["all", "sports_ground_area_m2"] * 2.5, 2)
    f["all", "books"] = round(pupils * 28)
    f["all", "digital_terminals"] = round(pupils * 0.22)
    f["all", "multimedia_rooms"] = max(1, round(pupils * 0.031 * school.taste["classrooms"]))
    f["all", "equipment_value_yuan"] = round(weighted * 2900 * max(0.45, school.taste["equipment"]) * (1 + 0.04 * years_on), -2)
    f["all", "fixed_assets_yuan"] = f["all", "equipment_value_yuan"] * 9
    return f


def _class_sizes(f: dict[Key, object], stage: str, grades: dict[int, int], rng: random.Random) -> None:
    counts = dict.fromkeys((name for _, name in _BINS), 0)
    for pupils in grades.values():
        classes = max(1, -(-pupils // rng.choice([38, 42, 44])))
        base, rest = divmod(pupils, classes)
        for size in [base + 1] * rest + [base] * (classes - rest):
            counts[next(name for top, name in _BINS if size <= top)] += 1
    f[stage, "classes"] = sum(counts.values())
    f |= {(stage, f"classes_{name}"): n for name, n in counts.items()}


def _teachers(f: dict[Key, object], stage: str, staff: int, taste: dict[str, float], rng: random.Random) -> None:
    master = staff // 40
    low = round(staff * (0.05 if stage == "primary" else 0))
    associate = round((staff - master - low) * (0.3 if stage == "primary" else 0.12))
    f |= {(stage, "teachers_doctorate"): 0, (stage, "teachers_master"): master, (stage, "teachers_bachelor"): staff - master - low - associate}
    f |= {(stage, "teachers_associate"): associate, (stage, "teachers_senior_secondary_or_below"): low}
    pe = min(staff, round(staff * 0.085 * taste["pe"]))
    music, art = min(staff - pe, round(staff * 0.05)), round(staff * 0.045)
    art = min(art, staff - pe - music)
    rest = staff - pe - music - art
    f |= {(stage, "teachers_pe"): pe, (stage, "teachers_arts"): 0, (stage, "teachers_music"): music, (stage, "teachers_fine_art"): art}
    f |= {(stage, "teachers_arts_subtotal"): music + art, (stage, "teachers_chinese"): rest // 2, (stage, "teachers_mathematics"): rest - rest // 2}
    f[stage, "backbone_teachers"] = min(staff, max(0, round(f[stage, "pupils"] * 0.015 * taste["backbone"] * rng.uniform(0.9, 1.1))))


# Writing ---------------------------------------------------------------------------------------------


def write_workbook(path: Path, year: int, figures: dict[Key, object], layout: Layout, rng: random.Random) -> None:
    """Write form A as declared for ``year``, departing from the printed form as ``layout`` says."""
    declared = form("census_workbook", year)
    stages = {stage for stage, _ in figures}
    sheets = [s for s in declared.sheets if s.stage in stages]
    if layout.shuffled:
        rng.shuffle(sheets)
    book = _book(path)
    for i, sheet in enumerate(sheets):
        page = book.add_worksheet(f"表{i + 1}" if layout.shuffled else sheet.sheet)
        for (line, column), value in _arranged(_sheet_cells(declared, sheet.sheet, sheet.title_zh, year, figures), sheet.sheet == declared.identity_sheet, layout, rng):
            _put(page, line, column, value)
    for i in range(layout.extra_sheets):
        page = book.add_worksheet(f"教基99{i:02d}")
        for line, value in enumerate((f"附加表 {i}", f"表号：教基99{i:02d}", "与资源配置无关")):
            _put(page, line, 0, value)
    book.close()


def _sheet_cells(declared: Form, sheet: str, title: str, year: int, figures: dict[Key, object]) -> dict[tuple[int, int], object]:
    """Return the cells of one sheet at the declared addresses."""
    fields = [f for f in declared.fields_by_sheet[sheet] if f.address]
    first = min(_place(f.address)[0] for f in fields)
    cells: dict[tuple[int, int], object] = {(0, 0): title, (1, 0): f"表号：{sheet}"}
    if sheet == declared.identity_sheet:
        cells[1, 3] = f"{year}/{year + 1}学年初"
    else:
        cells |= {(2, 0): f"学校（机构）名称：{figures['all', 'school_name']}", (2, 3): f"标识码：{figures['all', 'school_id']}", (2, 7): "单位：见各行"}
    for f in fields:
        # The printed form asks every school for the backbone teachers of both stages.
        if f.key not in figures and f.measure != "backbone_teachers":
            continue
        line, column = _place(f.address)
        cells[line, 0] = f.line
        if f.number:
            cells[line, 1] = f.number
        if f.unit:
            cells[line, 2] = f.unit
        cells[line, column] = _in_unit(figures.get(f.key, 0), f)
        *groups, leaf = f.column.split("/") if f.column not in ("", "艺术/计") else ([f.column] if f.column else [""])
        if leaf:
            cells[first - 1, column] = leaf
        if groups:
            cells.setdefault((first - 2, min(_place(g.address)[1] for g in fields if g.column.startswith(groups[0] + "/"))), groups[0])
    return cells


def _arranged(cells: dict[tuple[int, int], object], is_identity: bool, layout: Layout, rng: random.Random) -> Iterable[tuple[tuple[int, int], object]]:
    """Shift lines down and put a column of no concern in, title block left alone."""
    width = max(column for _, column in cells)
    added = rng.choice([width + 1, max(4, width)]) if layout.added_columns and not is_identity else None
    for (line, column), value in sorted(cells.items()):
        shifted = line + (layout.shifted_lines if line > 2 and not is_identity else 0)
        yield (shifted, column + (added is not None and column >= added and line > 2)), value
    if added is not None:
        last = max(line for line, _ in cells) + layout.shifted_lines
        yield (3 + layout.shifted_lines, added), "附加栏"
        yield (last, added), 7


def write_list(path: Path, county_name: str, year: int, figures: Iterable[dict[Key, object]]) -> None:
    """Write form B: a five-row merged header in ``.xlsx``, one row of paths in GB18030 ``.csv``."""
    columns = [f for f in form("census_list", year).fields if f.unit != "元" and not f.column.endswith("在校生数/合计")]
    rows = [[_in_unit(school.get(f.key), f) for f in columns] for school in figures]
    totals = ["合计"] + [None if i < 10 else round(sum(row[i] or 0 for row in rows), 2) for i in range(1, len(columns))]
    title = f"{county_name}{year}年基础教育学校（机构）统计数据导出"
    if path.suffix == ".csv":
        text = io.StringIO(newline="")
        csv.writer(text).writerows([[title], [f.column for f in columns], *rows, totals])
        path.write_bytes(text.getvalue().encode("gb18030"))
        return
    book = _book(path)
    page = book.add_worksheet("查询导出")
    _put(page, 0, 0, title)
    _write_header(page, [f.column.split("/") for f in columns])
    for i, row in enumerate([*rows, totals, ["填表人：　　　　审核人：　　　　报出日期："]], 6):
        for column, value in enumerate(row):
            _put(page, i, column, value)
    book.close()


def _write_header(page: xlsxwriter.worksheet.Worksheet, paths: list[list[str]]) -> None:
    """Write header lines 1–5, merging what spans several columns or lines."""

    def block(first: int, last: int, depth: int) -> None:
        start = first
        while start <= last:
            end = start
            while end < last and paths[end + 1][: depth + 1] == paths[start][: depth + 1]:
                end += 1
            is_leaf = len(paths[start]) == depth + 1
            bottom = 5 if is_leaf else depth + 1
            if (bottom, end) == (depth + 1, start):
                page.write_string(depth + 1, start, paths[start][depth])
            else:
                page.merge_range(depth + 1, start, bottom, end, paths[start][depth])
            if not is_leaf:
                block(start, end, depth + 1)
            start = end + 1

    block(0, len(paths) - 1, 0)


def _in_unit(value: object, declared: Field) -> object:
    """Return a figure in the unit of the form."""
    if not declared.unit or not isinstance(value, (int, float)):
        return value
    factor = unit_factors()[declared.unit, measure_units()[declared.measure]]
    return value if factor == 1 else round(value / factor, 2)


def _place(address: str) -> tuple[int, int]:
    letters, digits = re.fullmatch(r"([A-Z]+)(\d+)", address).groups()
    column = 0
    while cell_address(0, column) != f"{letters}1":
        column += 1
    return int(digits) - 1, column


def _book(path: Path) -> xlsxwriter.Workbook:
    book = xlsxwriter.Workbook(str(path))
    book.set_properties({"title": "合成数据 synthetic data", "created": dt.datetime(2000, 1, 1)})
    return book


def _put(page: xlsxwriter.worksheet.Worksheet, line: int, column: int, value: object) -> None:
    if isinstance(value, str):
        page.write_string(line, column, value)
    elif value is not None:
        page.write_number(line, column, value)
