"""Made-up finance, registers, surveys and attestations of a county, beside its census: filled templates, or CSV.

Most of it holds; on purpose, of each dimension something fails, something is missing and something does not apply.
"""

import csv
import random
from pathlib import Path
from typing import Any

from extract.definitions.forms import require_form
from junheng import template
from junheng.synthetic.county import Figures, School

Rows = list[dict[str, Any]]
_ITEMS: dict[str, list[Any]] = {
    "G1": [None],
    "G2": ["学校建设标准", "教师编制标准", "生均公用经费基准定额", "基本装备配置标准"],
    "G8": ["足额核定绩效工资"],
    "G10": ["统筹分配编制和岗位"],
    "G15": ["留守儿童关爱体系"],
}
_SUBJECTS = ("数学", "体育与健康", "心理健康", "语文", "艺术", "英语", "德育", "科学", "劳动")
_VETOES = (
    "以考试方式招生",
    "违规择校",
    "重点学校或重点班",
    "有编不补或长期聘用编外教师",
    "重大安全责任事故或严重违纪违规事件",
    "弄虚作假",
)


def write_sources(
    target: Path, county: str, schools: list[School], figures: list[Figures], year: int, seed: int, suffix: str = "xlsx"
) -> list[Path]:
    """Write the forms of the census of ``year``, each as ``target/<source>/<year>/<county>/<title>.<suffix>``."""
    rng = random.Random(f"{seed}/{county}/{year}/sources")
    pairs = list(zip(schools, figures, strict=True))
    judged = [(s, f) for s, f in pairs if s.school_type not in ("特殊教育学校",)]
    forms = {**_finance(county, judged, year, rng), **_registers(county, judged, year, rng), **_places(judged, rng)}
    forms["monitoring_results"] = _monitoring(county, year, rng)
    forms |= _groups(judged, year) | _targets(year)
    written = [_write(target, name, county, year, rows, suffix) for name, rows in forms.items()]
    return written + [
        _write(target, name, county, year + 1, rows, suffix) for name, rows in _next_spring(judged, year, rng).items()
    ]


def _write(target: Path, name: str, county: str, year: int, rows: Rows, suffix: str) -> Path:
    declared = require_form(name, year)
    folder = target / declared.source / str(year) / county
    folder.mkdir(parents=True, exist_ok=True)
    if suffix == "csv":
        path = folder / f"合成{declared.title_zh}.csv"
        with path.open("w", encoding="gb18030", newline="") as out:
            lines = csv.writer(out)
            lines.writerow([f.column for f in declared.fields])
            lines.writerows([row.get(f.measure) for f in declared.fields] for row in rows)
        return path
    return template.write(folder / f"合成{declared.title_zh}.xlsx", declared, county, rows)


def _who(school: School) -> dict[str, Any]:
    return {"school_id": school.school_id, "school_name": school.name}


def _pupils(f: Figures) -> int:
    return sum(f.get((stage, "pupils"), 0) for stage in ("primary", "junior"))


def _finance(county: str, pairs: list[tuple[School, Figures]], year: int, rng: random.Random) -> dict[str, Rows]:
    growth = 1.05 ** (year - 2022)
    income, spending, assets, budget = [], [], [], []
    for school, f in pairs:
        pupils = _pupils(f)
        funds = round(max(pupils, 100) * 850 * growth, 2)
        # The third school spends less on training than it should.
        training = round(funds * (0.03 if school.number == 3 else rng.uniform(0.052, 0.08)), 2)
        wages, goods = round(pupils * 9000 * growth, 2), round(funds * 1.1, 2)
        income.append({**_who(school), "public_funds_granted_yuan": funds})
        spending.append(
            {
                **_who(school),
                "general_budget_spending_yuan": round(wages + goods + funds, 2),
                "wages_yuan": wages,
                "goods_and_services_yuan": goods,
                "training_spending_yuan": training,
                "capital_spending_yuan": round(funds * 0.5, 2),
            }
        )
        # The fifth school's finance table and its census disagree about its sports ground.
        ground = f["all", "sports_ground_area_m2"] * (1.2 if school.number == 5 else 1)
        assets.append(
            {
                **_who(school),
                "sports_ground_area_m2": round(ground, 2),
                "teaching_rooms_area_m2": f["all", "teaching_area_m2"],
                "multimedia_rooms": f["all", "multimedia_rooms"],
            }
        )
        budget.append(
            {
                **_who(school),
                "public_funds_budget_yuan": funds,
                "training_budget_yuan": training,
                "public_funds_approved_yuan": funds,
            }
        )
    pupils = sum(_pupils(f) for _, f in pairs)
    # Spending falls in 2024; the first year knows no special-education pupils yet.
    spending_all = round(pupils * 1.6 * growth * (0.9 if year == 2024 else 1), 2)
    totals = {
        "county_code": county,
        "county_name": f"合成县{county}",
        "education_spending_yuan": spending_all,
        "pupils": pupils,
        "education_grants_yuan": round(spending_all * 0.9 * growth, 2),
        "recurring_revenue_yuan": round(pupils * 6 * 1.03 ** (year - 2022), 2),
        "teacher_wages_yuan": round(pupils * 0.9 * growth, 2),
        "public_funds_yuan": round(pupils * 0.085 * growth, 2),
        "quota_primary_yuan": round(800 * growth, 2),
        "quota_junior_yuan": round(1000 * growth, 2),
        "special_education_funds_yuan": 0 if year == 2022 else round(6200 * 40 * growth, 2),
        "special_education_pupils": 0 if year == 2022 else 40,
        "teacher_pay_yuan": round(96000 * growth, 2),
        "civil_servant_pay_yuan": round(95000 * growth, 2),
    }
    return {
        "finance_jz_2": income,
        "finance_jz_3": spending,
        "finance_jz_7": assets,
        "finance_budget": budget,
        "finance_county": [totals],
    }


def _kinds(f: Figures) -> list[dict[str, str]]:
    """Return what each full-time teacher of the stages judged counts for, as many as the census has."""
    found = []
    for stage, zh in (("primary", "小学"), ("junior", "初中")):
        degrees = ("doctorate", "master", "bachelor", *(("associate",) if stage == "primary" else ()))
        below = () if stage == "primary" else ("associate",)
        above = sum(f.get((stage, f"teachers_{degree}"), 0) for degree in degrees)
        staff = above + sum(f.get((stage, f"teachers_{d}"), 0) for d in (*below, "senior_secondary_or_below"))
        backbone = f.get((stage, "backbone_teachers")) or 0
        subjects = sum(f.get((stage, f"teachers_{subject}"), 0) for subject in ("pe", "arts", "music", "fine_art"))
        for i in range(staff):
            # Every second backbone teacher teaches PE or arts, as long as there are any of these.
            found.append(
                {
                    "teaching_stage": zh,
                    "has_above_required_degree": "是" if i < above else "否",
                    "is_backbone": "是" if i < backbone else "否",
                    "teaches_pe_or_arts": "是" if (i - backbone // 2) % staff < subjects else "否",
                }
            )
    return found


def _registers(county: str, pairs: list[tuple[School, Figures]], year: int, rng: random.Random) -> dict[str, Rows]:
    teachers, exchange, posts, zones = [], [], [], []
    for school, f in pairs:
        staff = f["all", "full_time_teachers"]
        posts.append({**_who(school), "posts_allocated": staff})
        kinds = _kinds(f)
        for i in range(staff):
            service = 1 + (i * 7 + school.number) % 30
            person = f"64{school.school_id[-6:]}{i:06d}"
            # One teacher of the second school has no certificate.
            certified = "否" if (school.number, i) == (2, 0) else "是"
            teachers.append(
                {
                    "person": person,
                    **_who(school),
                    "is_full_time": "是",
                    "has_certificate": certified,
                    "is_eligible_for_exchange": "是" if service >= 6 else "否",
                    "years_of_service": service,
                    "training_hours": min(360, 72 * service) + i % 20,
                    **(kinds[i] if i < len(kinds) else {"is_backbone": "否"}),  # who is left teaches the senior stage
                }
            )
            if service >= 6 and i % 7 == 0:
                partner = pairs[(school.number + 3) % len(pairs)][0]
                if partner is not school:
                    exchange.append(
                        {
                            "person": person,
                            "exchange_from_school_id": school.school_id,
                            "exchange_to_school_id": partner.school_id,
                            "is_backbone": "是" if i % 6 == 0 or i % 14 == 0 else "否",
                            "exchanged_on": f"{year}-09-01",
                        }
                    )
        for stage, zh in (("primary", "小学"), ("junior", "初中")):
            pupils = f.get((stage, "pupils"))
            if pupils and school.place != "乡村" and not school.parent_id:
                inside = pupils if stage == "primary" else pupils - pupils // 40
                zones.append(
                    {
                        **_who(school),
                        "school_stage": zh,
                        "pupils": pupils,
                        "pupils_in_zone": inside,
                        "entrants": pupils // 6,
                        "entrants_in_zone": min(inside, pupils // 6),
                        "migrant_pupils": pupils // 10,
                    }
                )
    cohort = sum(f.get(("junior", "pupils_grade_9"), 0) for _, f in pairs)
    graduates = round(cohort * 0.985)
    county_rows = {
        "county_code": county,
        "county_name": f"合成县{county}",
        "migrant_children_eligible": 400,
        "migrant_children_placed": 372,
        "disabled_children": 0 if year == 2023 else 60,
        "disabled_in_special_schools": 0 if year == 2023 else 30,
        "disabled_in_regular_classes": 0 if year == 2023 else 20,
        "disabled_taught_at_home": 0 if year == 2023 else 8,
        "cohort_entrants": cohort,
        "cohort_in": 6 if cohort else 0,
        "cohort_out": 9 if cohort else 0,
        "cohort_deaths": 0,
        "cohort_graduates": graduates,
        "senior_places": max(1, round(graduates * 0.45)),
    }
    approved = round(sum(row["posts_allocated"] for row in posts) * 1.02)
    return {
        "hr_teachers": teachers,
        "hr_exchange": exchange,
        "hr_posts": posts,
        "enrolment_zones": zones,
        "enrolment_county": [county_rows],
        # The approved total of 2022 was never handed in.
        "hr_county": [
            {
                "county_code": county,
                "county_name": f"合成县{county}",
                "posts_approved": None if year == 2022 else approved,
            }
        ],
    }


def _places(pairs: list[tuple[School, Figures]], rng: random.Random) -> dict[str, Rows]:
    rooms, classes, places = [], [], []
    for school, f in pairs:
        total = sum(f.get((stage, "classes"), 0) for stage in ("primary", "junior"))
        for use, area in (("音乐", 98), ("美术", 92)):
            # The fourth school's art rooms are a little too small.
            for i in range(-(-total // 12)):
                rooms.append(
                    {
                        **_who(school),
                        "room_name": f"{use}教室{i + 1}",
                        "room_use": use,
                        "room_area_m2": area
                        - (4 if (school.number, use) == (4, "美术") else 0)
                        + round(rng.random(), 2),
                    }
                )
        # Every second school keeps a roster of its classes; of the others the census' bins tell.
        if school.number % 2 == 0:
            for grade in range(1, 10):
                pupils = f.get(("primary" if grade <= 6 else "junior", f"pupils_grade_{grade}"), 0)
                count = -(-pupils // 44)
                classes += [
                    {
                        **_who(school),
                        "grade": grade,
                        "class_name": f"{grade}年级{i + 1}班",
                        "class_pupils": pupils // count + (i < pupils % count),
                    }
                    for i in range(count)
                ]
        graduates = f.get(("junior", "pupils_grade_9"))
        if graduates:
            places.append(
                {
                    **_who(school),
                    "graduates": graduates,
                    "places_allocated": round(graduates * (0.26 if school.place == "乡村" else 0.24)),
                }
            )
    return {"room_register": rooms, "class_roster": classes, "enrolment_places": places}


def _monitoring(county: str, year: int, rng: random.Random) -> Rows:
    start = (year - 2021) % 3 * 3
    return [
        {
            "county_code": county,
            "grade": grade,
            "subject": subject,
            "mean_score": round(rng.uniform(480, 540), 1),
            "achievement_level": "Ⅲ",
            "share_level_1": 5,
            "share_level_2": 25,
            "share_level_3": 50,
            "share_level_4": 20,
            "between_school_difference": 0.15 if (subject, grade) == ("英语", 8) else round(rng.uniform(0.05, 0.14), 3),
            "monitored_schools": 8,
            "monitored_pupils": 240,
            "mean_score_province": 500,
            "mean_score_nation": 500,
        }
        for subject in _SUBJECTS[start : start + 3]
        for grade in (4, 8)
        if (subject, grade) != ("英语", 4)
    ]


def _next_spring(pairs: list[tuple[School, Figures]], year: int, rng: random.Random) -> dict[str, Rows]:
    spring = f"{year + 1}-03-20"
    attested = [
        {
            "attested_indicator": code,
            "attested_item": item,
            "attested_answer": "是",
            "evidence": f"合成教发〔{year + 1}〕{n}号",
            "attested_on": spring,
        }
        for n, (code, items) in enumerate(_ITEMS.items(), 1)
        for item in items
    ]
    for school, _ in pairs:
        if school.school_type == "教学点":
            continue
        for code in ("Q3", "Q5", "Q6", "Q7", "Q8"):
            # The sixth school's charter and the seventh's rating: one fails, one is missing.
            answer = {("Q3", 6): "否", ("Q6", 8): "良好"}.get((code, school.number), "优秀" if code == "Q6" else "是")
            if (code, school.number) != ("Q6", 7):
                attested.append(
                    {
                        "attested_indicator": code,
                        "school_id": school.school_id,
                        "school_name": school.name,
                        "attested_answer": answer,
                        "evidence": "合成督导评估意见",
                        "attested_on": spring,
                    }
                )
    vetoes = [
        {"veto": veto, "veto_occurred": "否", "evidence": "合成核查报告", "attested_on": spring} for veto in _VETOES
    ]
    residents = {"城区": 120000, "镇区": 60000, "乡村": 60000}
    # In the spring of 2024 fewer are satisfied than must be.
    share = 0.8 if year == 2023 else 0.9
    groups = {"家长": 200, "教师": 40, "校长": 36, "人大代表": 38, "政协委员": 40, "学生": 44, "其他": 42}
    summary = [
        {"respondent_group": group, "urban_rural": area, "answers_valid": n, "answers_satisfied": round(n * share)}
        for group, size in groups.items()
        for area, part in (("城区", 0.5), ("镇区", 0.25), ("乡村", 0.25))
        if (n := round(size * part))
    ]
    forms = {
        "attestations": attested,
        "vetoes": vetoes,
        "reviews": [
            {
                "review_level": "市级",
                "review_verdict": "通过",
                "evidence": f"合成市教督〔{year + 1}〕1号",
                "attested_on": f"{year + 1}-06-20",
            }
        ],
    }
    if year != 2022:  # no survey in the first spring
        forms |= {
            "survey_summary": summary,
            "survey_population": [{"urban_rural": area, "residents": n} for area, n in residents.items()],
        }
    return forms


def _groups(pairs: list[tuple[School, Figures]], year: int) -> dict[str, Rows]:
    """Groups of one core school and up to three members, rural ones first; one of them skips an activity."""
    schools = [s for s, _ in pairs if s.school_type != "教学点"]
    cores = [s for s in schools if s.place != "乡村"][: max(1, len(schools) // 6)]
    others = sorted((s for s in schools if s not in cores), key=lambda s: (s.place != "乡村", s.number))
    # The last rural school joins a group in 2024 only.
    late = [s for s in others if s.place == "乡村"][-1:]
    members, activities, evaluations = [], [], []
    for i, core in enumerate(cores):
        name = f"合成第{i + 1}教育集团"
        own = [s for s in others[i :: len(cores)][:3] if year >= 2024 or s not in late]
        members += [
            {
                "group_name": name,
                **_who(s),
                "group_role": "核心校" if s is core else "成员校",
                "joined_on": "2022-09-01",
            }
            for s in (core, *own)
        ]
        for term in ("秋季学期", "春季学期"):
            for activity, times in (("校长论坛", 1), ("听评课", 34), ("教研指导", 4), ("骨干教师活动", 3)):
                held = times - (1 if (i, term, activity) == (1, "春季学期", "骨干教师活动") else 0)
                activities.append(
                    {
                        "group_name": name,
                        "school_term": term,
                        "group_activity": activity,
                        "activities_held": held,
                        "researchers": 2,
                    }
                )
        evaluations.append(
            {
                "group_name": name,
                "attested_answer": ("优秀", "良好", "合格")[i % 3],
                "evidence": f"合成教督〔{year + 1}〕{i + 1}号",
                "attested_on": f"{year + 1}-07-10",
            }
        )
    return {"school_groups": members, "group_activities": activities, "group_evaluations": evaluations}


def _targets(year: int) -> dict[str, Rows]:
    """The county's plan, which comes once, with the first census of 2022."""
    if year != 2022:
        return {}
    plan = {"target_document": "合成县攻坚行动方案", "target_clause": "主要目标"}
    rows = [
        {"target_metric": "学校办学条件达标比例", "goal_year": y, "goal_value": v, "goal_direction": "至少"}
        for y, v in ((2022, 40), (2024, 85), (2025, 100))
    ]
    rows += [
        {"target_metric": metric, "goal_year": 2025, "goal_value": limit, "goal_direction": "至多"}
        for metric, limit in (
            ("体育艺术教师差异系数（小学）", 0.5),
            ("体育艺术教师差异系数（初中）", 0.45),
            ("集团学校数（最多的集团）", 4),
        )
    ]
    rows += [
        {"target_metric": metric, "goal_year": 2025, "goal_value": value, "goal_direction": "至少"}
        for metric, value in (
            ("各项指标达到国家标准的比例", 100),
            ("交流轮岗教师占符合条件教师比例", 10),
            ("农村学校纳入集团比例", 100),
            ("骨干到农村校活动次数（最少的集团学期）", 3),
            ("残疾儿童少年入学率", 95),
        )
    ]
    rows.append(
        {
            "target_metric": "不低于基准年水平：退步项数",
            "goal_year": 2027,
            "goal_value": 0,
            "goal_direction": "不低于基准年",
            "base_year": 2023,
        }
    )
    return {"targets": [{**row, **plan} for row in rows]}
