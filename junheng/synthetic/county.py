"""The schools of a made-up county and their figures, growing from year to year.

Figures hang together as the census' own checks demand, so that a clean county is accepted without a word.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from extract.common.seeds import seed

Figures = dict[tuple[str, str], Any]  # (stage, measure) → value
LARGEST = 7999  # schools: what the ten digits of a school's code leave room for
_DIGITS = "一二三四五六七八九十"
# Largest class → its size bin.
_BINS = tuple((int(row["largest_class"]), row["measure"].removeprefix("classes_")) for row in seed("class_bins"))
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
_MIX = (
    ("小学",) * 12
    + ("初级中学",) * 4
    + ("九年一贯制学校",) * 3
    + ("教学点",) * 2
    + ("十二年一贯制学校", "完全中学", "特殊教育学校")
)
_GRADES = {"primary": range(1, 7), "junior": range(7, 10), "senior": range(10, 13)}


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


def roster(county: str, size: int, seed: int) -> list[School]:
    """Return a county's schools, in an order that mixes their types as counties do."""
    rng = random.Random(f"{seed}/{county}")
    schools: list[School] = []
    seen: Counter[str] = Counter()
    for i in range(size):
        school_type = _MIX[i % len(_MIX)]
        seen[school_type] += 1
        nth = seen[school_type]
        place = rng.choice(["城区", "镇区", "镇区", "乡村"]) if school_type != "教学点" else "乡村"
        big = rng.lognormvariate(0, 0.55)
        small = school_type in ("教学点", "特殊教育学校")
        # The second point of each kind is a campus counted with the first school.
        parent = schools[0].school_id if school_type == "教学点" and nth % 2 == 0 else None
        schools.append(
            School(
                number=i + 1,
                school_id=f"{2 + (i + 1) // 1000}{county}{(i + 1) % 1000:03d}",
                name=f"合成第{_chinese(nth)}{school_type}",
                school_type=school_type,
                place=place,
                run_by="民办" if i % 24 == 9 else "教育部门",
                parent_id=parent,
                year_built=rng.randint(1985, 2021),
                grade_size={
                    "primary": (rng.uniform(4, 15) if small else 70 * big),
                    "junior": 110 * big,
                    "senior": 80 * big,
                },
                taste={
                    key: rng.gauss(1, spread)
                    for key, spread in (
                        ("teachers", 0.1),
                        ("backbone", 0.6),
                        ("pe", 0.2),
                        ("rooms", 0.15),
                        ("ground", 0.22),
                        ("equipment", 0.34),
                        ("classrooms", 0.12),
                    )
                },
            )
        )
    return schools


def _chinese(number: int) -> str:
    if number > 99:
        return str(number)
    if number <= 10:
        return _DIGITS[number - 1]
    tens, ones = divmod(number, 10)
    return ("" if tens == 1 else _DIGITS[tens - 1]) + "十" + (_DIGITS[ones - 1] if ones else "")


def figures(school: School, county: str, county_name: str, year: int, seed: int) -> Figures:
    """Return every figure of one school and year, in the warehouse's units."""
    rng = random.Random(f"{seed}/{school.school_id}/{year}")
    f: Figures = {
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
        # The junior stage of one school has not opened yet in the first year.
        is_open = (school.number, stage, year) != (19, "junior", 2022)
        grades = {
            g: max(1, round(school.grade_size[stage] * rng.uniform(0.92, 1.08))) * is_open for g in _GRADES[stage]
        }
        f |= {(stage, f"pupils_grade_{g}"): n for g, n in grades.items()}
        f[stage, "pupils"] = sum(grades.values())
        pupils += f[stage, "pupils"]
        staff = max(1, round(f[stage, "pupils"] / 15 * school.taste["teachers"])) * is_open
        teachers += staff
        f[stage, "full_time_teachers"] = staff
        if stage != "senior":
            _class_sizes(f, stage, grades, rng)
            _teachers(f, stage, staff, school.taste, rng)
    years_on = year - 2022
    f["all", "full_time_teachers"] = teachers
    f["all", "staff"] = round(teachers * 1.12) + 1
    indoor = 0.0 if school.grade_size["primary"] < 50 else (0.0, 320.5, 860.25)[school.number % 3]
    weighted = sum(f[stage, "pupils"] * (1.0 if stage == "primary" else 1.3) for stage in stages)
    rooms = round(weighted * 6.6 * max(0.6, school.taste["rooms"]) * (1 + 0.01 * years_on), 2)
    library = round(rooms * 0.1, 2)
    classroom, special = round(rooms * 0.55, 2), round(rooms * 0.2, 2)
    public = round(library + indoor + rooms * 0.05, 2)
    f |= {
        ("all", "classroom_area_m2"): classroom,
        ("all", "special_room_area_m2"): special,
        ("all", "public_room_area_m2"): public,
    }
    f |= {("all", "library_area_m2"): library, ("all", "indoor_sports_area_m2"): indoor}
    teaching = round(classroom + special + public, 2)
    parts = {
        "administration_area_m2": round(teaching * 0.15, 2),
        "living_area_m2": round(teaching * 0.3, 2),
        "other_area_m2": 0.0,
    }
    f["all", "teaching_area_m2"] = teaching
    f |= {("all", k): v for k, v in parts.items()}
    f["all", "building_area_m2"] = round(teaching + sum(parts.values()), 2)
    f["all", "sports_ground_area_m2"] = round(weighted * 11.5 * max(0.5, school.taste["ground"]), 2)
    f["all", "land_area_m2"] = round(f["all", "sports_ground_area_m2"] * 2.5, 2)
    f["all", "books"] = round(pupils * 28)
    f["all", "digital_terminals"] = round(pupils * 0.22)
    f["all", "multimedia_rooms"] = max(1, round(pupils * 0.031 * school.taste["classrooms"]))
    f["all", "equipment_value_yuan"] = round(
        weighted * 2900 * max(0.45, school.taste["equipment"]) * (1 + 0.04 * years_on), -2
    )
    f["all", "fixed_assets_yuan"] = f["all", "equipment_value_yuan"] * 9
    if (school.number, year) == (12, 2023):  # one figure that nobody filled in
        f[stages[0], "backbone_teachers"] = None
    return f


def _class_sizes(f: Figures, stage: str, grades: dict[int, int], rng: random.Random) -> None:
    counts = dict.fromkeys((name for _, name in _BINS), 0)
    for pupils in filter(None, grades.values()):
        classes = -(-pupils // rng.choice([38, 42, 44]))
        base, rest = divmod(pupils, classes)
        for size in [base + 1] * rest + [base] * (classes - rest):
            counts[next(name for top, name in _BINS if size <= top)] += 1
    f[stage, "classes"] = sum(counts.values())
    f |= {(stage, f"classes_{name}"): n for name, n in counts.items()}


def _teachers(f: Figures, stage: str, staff: int, taste: dict[str, float], rng: random.Random) -> None:
    master = staff // 40
    low = round(staff * (0.05 if stage == "primary" else 0))
    associate = round((staff - master - low) * (0.3 if stage == "primary" else 0.12))
    f |= {
        (stage, "teachers_doctorate"): 0,
        (stage, "teachers_master"): master,
        (stage, "teachers_bachelor"): staff - master - low - associate,
    }
    f |= {(stage, "teachers_associate"): associate, (stage, "teachers_senior_secondary_or_below"): low}
    pe = min(staff, round(staff * 0.085 * taste["pe"]))
    music, art = min(staff - pe, round(staff * 0.05)), round(staff * 0.045)
    art = min(art, staff - pe - music)
    rest = staff - pe - music - art
    f |= {
        (stage, "teachers_pe"): pe,
        (stage, "teachers_arts"): 0,
        (stage, "teachers_music"): music,
        (stage, "teachers_fine_art"): art,
    }
    f |= {
        (stage, "teachers_arts_subtotal"): music + art,
        (stage, "teachers_chinese"): rest // 2,
        (stage, "teachers_mathematics"): rest - rest // 2,
    }
    f[stage, "backbone_teachers"] = min(
        staff, max(0, round(f[stage, "pupils"] * 0.015 * taste["backbone"] * rng.uniform(0.9, 1.1)))
    )
