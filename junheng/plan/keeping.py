"""Keeps a county's plans in the home, as a file that the next night takes in like any other."""

from pathlib import Path
from typing import Any

from extract.common.atomic import replacing
from extract.definitions.forms import load_form
from extract.definitions.vocabulary import spellings
from junheng import template
from junheng.home import Home
from junheng.plan.limits import NAMES
from junheng.plan.making import Plan
from junheng.plan.problem import Goal, Limit, Reached
from publish import words
from publish.language import say, speaking

_FORM = "least_plan"
_MOST = 2_000  # characters of a text
_MARK = ".made_of"  # no delivery: its name is hidden


def keep(home: Home, county: str, plans: list[Plan], made_on: str) -> Path:
    """Write the plans, in Chinese, where the next night finds them; return the file.

    Args:
        home: the installation.
        county: its code.
        plans: one a scenario.
        made_on: the day, ISO 8601.
    """
    year = plans[0].census_year
    form = load_form(_FORM, year)
    assert form
    target = home.made / "plans" / str(year) / county / f"{form.title_zh}.xlsx"
    with speaking("zh"):
        rows = [row for plan in plans for row in [_about(plan, made_on), *_steps(plan), *_pupils(plan)]]
    with replacing(target) as partial:
        template.write(partial, form, county, rows)
    return target


def is_made_of(home: Home, county: str, made_of: str) -> bool:
    """Return whether a county's plans are kept that were made of this."""
    return any(
        mark.read_text(encoding="utf-8") == made_of for mark in (home.made / "plans").glob(f"*/{county}/{_MARK}")
    )


def mark(home: Home, county: str, made_of: str) -> None:
    """Keep what a county's plans, which are kept by now, were made of."""
    for folder in (home.made / "plans").glob(f"*/{county}"):
        with replacing(folder / _MARK) as partial:
            partial.write_text(made_of, encoding="utf-8")


def _about(plan: Plan, made_on: str) -> dict[str, Any]:
    """Return the line about a plan."""
    has_plan = bool(plan.answer.reached) and plan.answer.status == "optimal"
    amounts = dict.fromkeys(("persons", "transfers", "rooms", "m2", "yuan"), 0.0)
    for step in plan.steps:
        if step.is_same:
            continue
        key = {"transfer": "transfers", "divide": "", "merge": ""}.get(step.kind, step.unit)
        if key:
            amounts[key] += step.amount
    return {
        **_key(plan, 0),
        "plan_status": _word("plan_status", plan.answer.status),
        "plan_target_year": plan.target_year,
        "plan_hires": amounts["persons"] if has_plan else None,
        "plan_transfers": amounts["transfers"] if has_plan else None,
        "plan_rooms": amounts["rooms"] if has_plan else None,
        "plan_area_m2": amounts["m2"] if has_plan else None,
        "plan_equipment_yuan": amounts["yuan"] if has_plan else None,
        "plan_cost_yuan": plan.cost_yuan if has_plan else None,
        "plan_gap": gap(plan) if has_plan else None,
        "plan_limits_kept": "；".join(kept(plan))[:_MOST] or None,
        "plan_in_the_way": "；".join(NAMES[limit][0] for limit in plan.answer.in_the_way) or None,
        "plan_left_out": "；".join(left_out(plan))[:_MOST] or None,
        "plan_assumptions": "；".join(assumptions(plan))[:_MOST],
        "plan_made_on": made_on,
    }


def _steps(plan: Plan) -> list[dict[str, Any]]:
    first = {step.together: number for number, step in enumerate(plan.steps, 1) if not step.is_same}
    return [
        {
            **_key(plan, number),
            "plan_target_year": plan.target_year,
            "plan_due_year": step.due_year,
            "plan_kind": _word("plan_kind", step.kind),
            "gap_indicator": step.indicator or None,
            "school_stage": _word("school_stage", step.stage) if step.stage != "all" else None,
            "school_id": step.school,
            "school_name": plan.county.names.get(step.school),
            "exchange_from_school_id": step.from_school or None,
            "group_name": step.group or None,
            "plan_measure": step.measure or None,
            "plan_amount": step.amount,
            "plan_into_measure": step.into_measure or None,
            "plan_into_amount": step.into_amount or None,
            "gap_unit": step.unit,
            "plan_cost_yuan": step.cost_yuan,
            "plan_mends": _word("plan_mends", step.mends) if step.mends else None,
            "plan_same_as_step": first[step.together] if step.is_same else None,
        }
        for number, step in enumerate(plan.steps, 1)
    ]


def _pupils(plan: Plan) -> list[dict[str, Any]]:
    """Return a line for each school or point and stage: the pupils that the plan counts on."""
    return [
        {
            **_key(plan, number),
            "plan_target_year": plan.target_year,
            "plan_kind": _word("plan_kind", "pupils"),
            "school_id": school,
            "plan_measure": f"{stage}.pupils",
            "plan_amount": pupils,
            "gap_unit": "persons",
        }
        for number, ((school, stage), pupils) in enumerate(sorted(plan.pupils.items()), len(plan.steps) + 1)
    ]


def _key(plan: Plan, step: int) -> dict[str, Any]:
    return {"plan_scenario": _word("plan_scenario", plan.scenario), "plan_step": step}


def _word(field: str, code: str) -> str:
    return spellings()[field][code]


def gap(plan: Plan) -> float:
    """Return the largest distance of what the plan takes from what no plan can take less than, relative."""
    return max((_distance(one) for one in plan.answer.reached), default=0.0)


def _distance(one: Reached) -> float:
    return max(one.value - one.bound, 0.0) / max(abs(one.value), 1.0)


def kept(plan: Plan) -> list[str]:
    """Return the limits that a plan keeps to, in words."""
    limits, years = plan.county.problem.limits, plan.target_year - plan.census_year
    found = []
    for limit in limits.active():
        amount = {Limit.POSTS: limits.posts, Limit.BUDGET: limits.budget_yuan}.get(limit)
        found.append(NAMES[limit][0] + (f" {amount / years:g}" if amount is not None and years else ""))
    return found


def left_out(plan: Plan) -> list[str]:
    """Return the schools that a plan could not include, in words."""
    names = plan.county.names
    found = [
        f"{one.name}{say(f'（{words.stage(one.stage)}）', f' ({one.stage})') if one.stage else ''}"
        f"{say('缺数据', 'lacks data')} {'、'.join(one.indicators)}".strip()
        for one in plan.county.left_out
    ]
    found += [
        say(f"{names.get(school, school)} {code} 资料不全", f"{names.get(school, school)}: too little known of {code}")
        for school, code in plan.not_mended
    ]
    return found + [
        say(
            f"{names.get(school, school)}超规模 {pupils:g} 人",
            f"{names.get(school, school)}: {pupils:g} too many pupils",
        )
        for school, pupils in plan.too_many_pupils.items()
    ]


def _persons(plan: Plan) -> list[str]:
    """Return what the teachers of a plan count for, in words."""
    problem = plan.county.problem
    if any(place.joint for place in (*problem.places, *problem.closing)):
        found = [
            say(
                "调动的教师按教师名册计入一项或几项指标，新聘的和名册没有说明的只计一项",
                "a teacher who moves counts for what the register says of him, one hired or not told of for one "
                "indicator",
            )
        ]
    else:
        found = [
            say("调动、聘任的每名教师只计入一项指标（普查表不说明谁兼有几项）", "a teacher counts for one indicator")
        ]
    if names := [plan.county.names[school] for school in plan.county.disagreeing]:
        told = "、".join(names[:20])
        found.append(
            say(
                f"名册的人数多于普查表，按一人一项计：{told}",
                f"more in the register than in the census, so one indicator each: {told}",
            )
        )
    return found


def assumptions(plan: Plan) -> list[str]:
    """Return what a plan rests on, in words."""
    found = [
        *_persons(plan),
        say("不考虑学校之间的距离", "distances are not known"),
        say("不把学生调往别校", "no pupils are moved"),
    ]
    if plan.scenario == "target_year":
        found.append(
            say(
                f"{plan.target_year} 年秋季学生数按年级升级推算，一年级与今年相同，七年级按县内六年级和今年的分布",
                f"pupils of autumn {plan.target_year}: grades move up, grade 1 as this year, grade 7 from grade 6",
            )
        )
        if plan.as_today:
            found.append(say("学生数按今年：", "pupils as today: ") + "、".join(plan.as_today[:20]))
    if closing := [one.name for one in plan.on_record if one.school in plan.closing]:
        found.append(
            say(
                f"登记撤销，学生按在校生比例分到同学段其他学校，教师可以调出：{'、'.join(closing)}",
                "closed on record, pupils at other schools by these schools' pupils, teachers free to go: "
                + ", ".join(closing),
            )
        )
    for change, zh, en in (
        ("merged", "按登记并入他校", "merged on record"),
        ("closed", "登记撤销而去向不明，仍按原校计", "closed on record, counted as it is"),
        ("opened", "登记新建，尚无数据", "opened on record, without figures yet"),
    ):
        if of_kind := [one.name for one in plan.on_record if one.change == change and one.school not in plan.closing]:
            found.append(say(f"{zh}：{'、'.join(of_kind)}", f"{en}: {', '.join(of_kind)}"))
    if plan.county.private:
        names = "、".join(plan.county.names[school] for school in plan.county.private[:20])
        found.append(say(f"民办学校不调出、调入教师：{names}", f"private schools neither give nor take: {names}"))
    if Goal.MONEY in plan.county.problem.limits.order:
        sources = sorted({f"{code} {source}" for code, source in plan.price_sources.items() if source})
        found.append(
            say("单价来自缺口单价表", "prices of the price list") + ("：" + "、".join(sources) if sources else "")
        )
    else:
        found.append(
            say("没有单价，只计人数、间数、平方米和设备元数", "no prices: persons, rooms, m² and yuan of equipment")
        )
    return found
