"""Small made-up schools with round figures, so that what they must lead to can be worked out by hand.

A primary school of 200 pupils meets every standard: 12 teachers (8 本科 + 4 专科, R1 6.0), 3 backbone (R2 1.5),
1 PE + 1 music (R3 1.0), 1200 − 200 m² (R4 5.0), 1400 + 200 m² (R5 8.0), 500 000 yuan (R6 2500), 5 rooms (R7 2.5).
"""

from pathlib import Path

from extract.definitions.forms import load_form
from junheng import template
from junheng.synthetic import Layout, write_list, write_workbook

Figures = dict[tuple[str, str], object]


def school(county: str, number: int, school_type: str = "小学", **changes: object) -> Figures:
    """Return a school's figures; ``changes`` are ``stage__measure=value`` (None: left blank)."""
    figures: Figures = {
        ("all", "school_name"): f"合成第{number}{school_type}",
        ("all", "school_id"): f"2{county}{number:03d}",
        ("all", "urban_rural"): "镇区",
        ("all", "county_code"): county,
        ("all", "county_name"): f"合成县{county}",
        ("all", "school_type"): school_type,
        ("all", "run_by"): "教育部门",
        ("all", "counts_as_school"): "是",
        ("all", "parent_school_id"): None,
        ("all", "is_boarding"): "否",
        ("all", "year_built"): 2000,
    }
    stages = {
        "小学": ["primary"],
        "教学点": ["primary"],
        "初级中学": ["junior"],
        "九年一贯制学校": ["primary", "junior"],
        "完全中学": ["junior", "senior"],
        "高级中学": ["senior"],
        "特殊教育学校": ["primary"],
    }[school_type]
    for stage in stages:
        figures |= _stage(stage)
    figures |= _whole(200 * len(stages), 12 * len(stages))
    for key, value in changes.items():
        figures[tuple(key.split("__", 1))] = value
    return figures


def _stage(stage: str) -> Figures:
    grades = {
        "primary": {1: 33, 2: 33, 3: 33, 4: 33, 5: 34, 6: 34},
        "junior": {7: 66, 8: 67, 9: 67},
        "senior": {10: 66, 11: 67, 12: 67},
    }[stage]
    values: dict[str, object] = {f"pupils_grade_{g}": n for g, n in grades.items()}
    values |= {"pupils": 200, "full_time_teachers": 12}
    if stage != "senior":
        values |= {
            f"classes_{b}": 0
            for b in ("25_or_fewer", "26_30", "36_40", "41_45", "46_50", "51_55", "56_60", "61_65", "66_or_more")
        }
        values |= {"classes": 6, "classes_31_35": 6, "backbone_teachers": 3}
        values |= {
            "teachers_doctorate": 0,
            "teachers_master": 0,
            "teachers_bachelor": 12 if stage == "junior" else 8,
            "teachers_associate": 0 if stage == "junior" else 4,
            "teachers_senior_secondary_or_below": 0,
        }
        values |= {
            "teachers_pe": 1,
            "teachers_arts_subtotal": 1,
            "teachers_arts": 0,
            "teachers_music": 1,
            "teachers_fine_art": 0,
            "teachers_chinese": 5,
            "teachers_mathematics": 5,
        }
    return {(stage, k): v for k, v in values.items()}


def _whole(pupils: int, teachers: int) -> Figures:
    """Resources per pupil that meet the junior standard as well, once a school has a junior stage."""
    big = pupils / 200 * (1.0 if pupils == 200 else 1.5)
    values = {
        "staff": teachers + 2,
        "full_time_teachers": teachers,
        "classroom_area_m2": 700 * big,
        "special_room_area_m2": 200 * big,
        "public_room_area_m2": 300 * big,
        "library_area_m2": 100 * big,
        "indoor_sports_area_m2": 200 * big,
        "teaching_area_m2": 1200 * big,
        "administration_area_m2": 100,
        "living_area_m2": 200,
        "other_area_m2": 0,
        "building_area_m2": 1200 * big + 300,
        "land_area_m2": 5000,
        "sports_ground_area_m2": 1400 * big,
        "books": 6000,
        "digital_terminals": 40,
        "multimedia_rooms": int(5 * big),
        "equipment_value_yuan": 500000 * big,
        "fixed_assets_yuan": 5000000,
    }
    return {("all", k): v for k, v in values.items()}


def workbook(
    landing: Path,
    year: int,
    figures: Figures,
    name: str | None = None,
    folder: str | None = None,
    said_year: int | None = None,
    layout: Layout | None = None,
) -> Path:
    """Deliver a school's workbook; ``None`` figures are left out, ``said_year`` is the year inside."""
    import random

    county = folder or figures["all", "county_code"]
    path = landing / "census" / str(year) / county / f"{name or figures['all', 'school_name']}.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_workbook(path, said_year or year, figures, layout or Layout(), random.Random(1))
    return path


def listing(landing: Path, year: int, schools: list[Figures], name: str = "一览导出.xlsx") -> Path:
    """Deliver a county's list."""
    county = schools[0]["all", "county_code"]
    path = landing / "census" / str(year) / county / name
    path.parent.mkdir(parents=True, exist_ok=True)
    write_list(path, schools[0]["all", "county_name"], year, schools)
    return path


def table(
    landing: Path, form_name: str, year: int, county: str, rows: list[dict[str, object]], name: str = "表.xlsx"
) -> Path:
    """Deliver a filled template of any other source."""
    declared = load_form(form_name, year)
    path = landing / declared.source / str(year) / county / f"{form_name}{name}"
    path.parent.mkdir(parents=True, exist_ok=True)
    return template.write(path, declared, county, rows)
