"""What documents say of a county, in Chinese: plain texts and rows, the same for Word, PDF and Excel."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from publish import words
from publish.pages.county import SYNTHETIC, Standard, shanghai_day
from publish.pages.facts import Facts, Row

_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BAR = 10  # characters of a bar as long as its limit is far
_NOBODY = "（未定责任科室）"


def content(facts: Facts, standard: Standard) -> Row:
    """Return everything a document of the county may say.

    Args:
        facts: the county's rows, as ``pages.facts.gather`` returns them.
        standard: what it is judged by.
    """
    (county,) = facts["county"]
    card = next(c for c in facts["scorecards"] if c["assessment_year"] == county["assessment_year"])
    names = {i["indicator_code"]: i for i in standard.indicators}
    known_on = shanghai_day(county["received_at"])
    floors = {(v["school_id"], v["stage"], v["indicator_code"]): v["gap_to_floor"] for v in facts["values"]}
    gaps = [_gap(gap, names, floors) for gap in facts["gaps"]]
    plans = [_plan(plan, facts, names) for plan in facts["plans"]]
    return _clean(
        {
            "county": county["name_zh"] or county["county_code"],
            "county_code": county["county_code"],
            "is_synthetic": SYNTHETIC in (county["name_zh"] or ""),
            "assessment_year": county["assessment_year"],
            "census_year": county["census_year"],
            "known_on": _day(known_on),
            "today": _day(dt.date.today()),
            "verdict": zh("verdict", card["verdict"]),
            "vetoes": zh("veto_verdict", card["veto_verdict"]),
            "passed": card["indicators_passed"],
            "failed": card["indicators_failed"],
            "unknown": card["indicators_missing"],
            "standard_version": card["standard_version"],
            "dimensions": [
                {
                    "name": words.DIMENSIONS[code][0],
                    "verdict": zh("verdict", card[code]),
                    "indicators": _indicators(facts, standard, code),
                }
                for code in words.DIMENSIONS
            ],
            "coefficients": [_coefficient(c, facts, names) for c in facts["coefficients"]],
            "schools": _schools(facts, names),
            "targets": _targets(facts["targets"]),
            "gaps": gaps,
            "closed": [_gap(gap, names, {}) for gap in facts["closed_gaps"]],
            "plans": plans,
            "plan_steps": plans[0]["steps"] if plans else [],
            "gaps_by_office": [
                {"office": office, "gaps": rows} for office, rows in sorted(_grouped(gaps, "office").items())
            ],
            "not_delivered": sorted({s["school_name"] for s in facts["schools"] if s["reason"] == "not_delivered"}),
            "refused": [{"path": r["path"], "message": r["message_zh"]} for r in facts["refused"]],
            "questions": [
                {
                    "answered_file": q["file_name"],
                    "answered_place": "!".join(filter(None, (q["sheet"], q["cell"]))),
                    "school_id": q["school_id"] or "",
                    "school_name": q["school_name"] or "",
                    "found_problem": q["message_zh"],
                    "way_to_mend": q["how_to_fix_zh"] or "",
                    "letter_answer": q["answer"] or "",
                    "answered_on": q["answered_on"],
                    "answered_check": q["check_id"],
                    "who_acts": q["who_acts"],
                }
                for q in facts["set_aside"]
            ],
            "set_aside": [
                {
                    "severity": zh("severity", q["severity"]),
                    "school": q["school_name"] or "",
                    "where": " ".join(filter(None, (q["file_name"], "!".join(filter(None, (q["sheet"], q["cell"])))))),
                    "problem": q["message_zh"],
                    "fix": q["how_to_fix_zh"] or "",
                    "who": zh("who_acts", q["who_acts"]),
                }
                for q in facts["set_aside"]
            ],
        }
    )


def zh(column: str, code: str | None) -> str:
    """Return what a code of a column means, in Chinese."""
    return words.CODED[column][code][0] if code in words.CODED[column] else code or ""


def _day(day: dt.date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def _number(value: float | None, beside: float | None = None) -> str:
    return words.number(value, 3, beside)


def _amount(quantity: float | None, unit: str | None) -> str:
    return "—" if quantity is None else f"{words.shown_quantity(quantity, unit)}{zh('unit', unit)}"


def _indicators(facts: Facts, standard: Standard, dimension: str) -> list[Row]:
    """Return the indicators of a dimension: what holds of the county, by stage where it is judged so."""
    found = []
    for indicator in standard.indicators:
        if indicator["dimension"] != dimension:
            continue
        code = indicator["indicator_code"]
        if dimension == "resource_allocation":
            rows = _resource(facts, code)
        else:
            rows = [r for r in facts["results"] if r["indicator_code"] == code and r["judged_at"] == "county"]
        for row in rows:
            failing = f"{row['failing_schools']} 所学校不达标" if row.get("failing_schools") else ""
            reason = zh("reason", row.get("reason"))
            how = words.how(row["how"], "zh") if row.get("how") else ""
            found.append(
                {
                    "code": code,
                    "name": indicator["name_zh"],
                    "stage": zh("stage", row["stage"]) if row["stage"] in ("primary", "junior") else "",
                    "value": row.get("shown")
                    or (
                        "—"
                        if row["value"] is None
                        else f"{_number(row['value'], row['standard'])}{zh('unit', indicator['unit'])}"
                    ),
                    "standard": _number(row["standard"]),
                    "verdict": zh("verdict", row["verdict"]),
                    "note": "；".join(filter(None, (failing, reason, how, row.get("evidence")))),
                }
            )
    return found


def _resource(facts: Facts, code: str) -> list[Row]:
    """Return an R-indicator by stage: how many of the schools meet it."""
    rows = []
    for stage in ("primary", "junior"):
        values = [v for v in facts["values"] if v["indicator_code"] == code and v["stage"] == stage]
        if values:
            met = sum(v["verdict"] == "pass" for v in values)
            verdicts = {v["verdict"] for v in values}
            rows.append(
                {
                    "stage": stage,
                    "value": None,
                    "shown": f"{met}/{len(values)} 所达标",
                    "standard": values[0]["standard"],
                    "verdict": next((v for v in ("fail", "no_data", "pass") if v in verdicts), "not_applicable"),
                    "failing_schools": sum(v["verdict"] == "fail" for v in values),
                }
            )
    return rows


def _coefficient(row: Row, facts: Facts, names: dict[str, Row]) -> Row:
    by = [
        f"{c['school_name']} {c['share_of_variance']:.0%}"
        for c in facts["contributions"]
        if (c["stage"], c["indicator_code"]) == (row["stage"], row["indicator_code"]) and c["rank"] <= 3
    ]
    ratio = min((row["cv"] or 0) / row["cv_limit"], 1.5) if row["cv_limit"] else 0
    return {
        "code": row["indicator_code"],
        "name": names[row["indicator_code"]]["short_name_zh"],
        "stage": zh("stage", row["stage"]),
        "cv": _number(row["cv"], row["cv_limit"]),
        "limit": _number(row["cv_limit"]),
        "ratio": ratio,
        "bar": "█" * round(ratio * _BAR),
        "verdict": zh("verdict", row["verdict"]),
        "by": "、".join(by),
    }


def _plan(plan: Row, facts: Facts, names: dict[str, Row]) -> Row:
    """Return a plan: in a sentence, and its steps."""
    takes = "，".join(
        f"{what}{_amount(plan[key], unit)}"
        for what, key, unit in (
            ("聘任", "hires", "persons"),
            ("调动", "transfers", "persons"),
            ("增加教室", "rooms", "rooms"),
            ("增加面积", "area_m2", "m2"),
            ("添置设备", "equipment_yuan", "yuan"),
            ("有单价的费用共", "cost_yuan", "yuan"),
        )
        if plan[key] is not None
    )
    scenario = zh("scenario", plan["scenario"])
    year = f"（{plan['target_year']}年秋季）" if plan["scenario"] == "target_year" else ""
    in_the_way = f"放宽其中任何一项即可行：{plan['in_the_way']}" if plan["in_the_way"] else ""
    stale = "" if plan["is_current"] else "编制后又收到新数据，请重新编制"
    told = (f"{scenario}{year}：{zh('status', plan['status'])}", takes, in_the_way, stale)
    return {
        "scenario": scenario,
        "about": "；".join(filter(None, told)),
        "rests_on": "；".join(filter(None, (plan["limits_kept"], plan["assumptions"]))),
        "left_out": plan["left_out_schools"] or "",
        "steps": [
            {
                "number": step["step_number"],
                "due": step["due_year"],
                "action": zh("action", step["action"])
                + (f"（与第{step['same_persons_as']}步同一批教师）" if step["same_persons_as"] else ""),
                "code": step["indicator_code"] or "",
                "indicator": names[step["indicator_code"]]["short_name_zh"] if step["indicator_code"] else "",
                "school": step["school_name"] or step["school_id"],
                "school_id": step["school_id"],
                "stage": zh("stage", step["stage"]) if step["stage"] in ("primary", "junior") else "",
                "giver": step["from_school_name"] or "",
                "group": step["group_name"] or "",
                "amount": step["amount"],
                "unit": zh("unit", step["unit"]),
                "how_much": _amount(step["amount"], step["unit"]),
                "cost": step["cost_yuan"],
                "mends": zh("mends", step["mends"]),
            }
            for step in facts["plan_steps"]
            if step["scenario"] == plan["scenario"]
        ],
    }


def _schools(facts: Facts, names: dict[str, Row]) -> list[Row]:
    """Return every school and stage, the worst first, with its seven figures and the least it must do."""
    values = _grouped(facts["values"], "school_id", "stage")
    steps = _grouped(facts["steps"], "school_id", "stage")
    found = []
    for school in facts["schools"]:
        key = (school["school_id"], school["stage"])
        own = values.get(key, [])
        found.append(
            {
                "school_id": school["school_id"],
                "name": school["school_name"],
                "stage": zh("stage", school["stage"]),
                "type": zh("school_type", school["school_type"]),
                "place": zh("urban_rural", school["urban_rural"]),
                "met": f"{school['indicators_met']}/{len(own) or 7}",
                "verdict": zh("verdict", school["verdict"]),
                "reason": zh("reason", school["reason"]),
                "pupils": _number(own[0]["pupils"]) if own else "—",
                "figures": [
                    {
                        "code": v["indicator_code"],
                        "name": names[v["indicator_code"]]["name_zh"],
                        "short": names[v["indicator_code"]]["short_name_zh"],
                        "value": _number(v["value"], v["standard"]),
                        "unit": zh("unit", names[v["indicator_code"]]["unit"]),
                        "standard": _number(v["standard"]),
                        "attainment": v["attainment"],
                        "gap": _amount(v["gap_to_standard"], v["gap_unit"]) if v["gap_to_standard"] else "",
                        "verdict": zh("verdict", v["verdict"]),
                        "reason": zh("reason", v["reason"]),
                    }
                    for v in own
                ],
                "missing": "、".join(
                    f"{names[v['indicator_code']]['short_name_zh']} {_amount(v['gap_to_standard'], v['gap_unit'])}"
                    for v in own
                    if v["gap_to_standard"]
                ),
                "least": "、".join(
                    f"{names[s['indicator_code']]['short_name_zh']} {_amount(s['quantity_missing'], s['gap_unit'])}"
                    for s in steps.get(key, [])
                ),
            }
        )
    return found


def _targets(rows: list[Row]) -> list[Row]:
    from publish.pages.county import targets_once

    return [
        {
            "name": " · ".join(filter(None, (r["group_name"], r["metric_zh"]))),
            "due": r["target_year"],
            "goal": "完成"
            if r["unit"] == "yes/no"
            else ("≥ " if r["direction"] == "at_least" else "≤ ") + _number(r["target_value"]) + zh("unit", r["unit"]),
            "latest": f"{_number(r['value'])}（{r['census_year']}）" if r["value"] is not None else "—",
            "forecast": _number(r["forecast"]),
            "status": zh("status", r["status"]),
            "document": " ".join(filter(None, (r["document_title"], r["clause"]))),
        }
        for r in targets_once(rows)
    ]


def _gap(gap: Row, names: dict[str, Row], floors: dict[tuple[str, str, str], float | None]) -> Row:
    indicator = names.get(gap["indicator_code"], {})
    return {
        "school": gap["school_name"] or "全县",
        "school_id": gap["school_id"] or "",
        "stage": zh("stage", gap["stage"]) if gap["stage"] in ("primary", "junior") else "",
        "code": gap["indicator_code"],
        "indicator": indicator.get("name_zh", ""),
        "quantity": gap["quantity_missing"],
        "to_floor": floors.get((gap["school_id"], gap["stage"], gap["indicator_code"])),
        "closed": gap["closed_on"],
        "unit": zh("unit", gap["unit"]),
        "missing": _amount(gap["quantity_missing"], gap["unit"]),
        "problem": gap["reported_problem"] or "",
        "office": gap["responsible_office"] or _NOBODY,
        "post": gap["responsible_post"] or "",
        "opened": gap["opened_on"],
        "due": gap["due_date"],
        "due_words": _day(gap["due_date"]) or "尽快",
        "status": zh("status", gap["status"]),
        "remark": gap["remark"] or "",
        "needs_notice": gap["needs_notice"],
    }


def _grouped(rows: Iterable[Row], *keys: str) -> dict[Any, list[Row]]:
    grouped: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row[keys[0]] if len(keys) == 1 else tuple(row[key] for key in keys)].append(row)
    return grouped


def _clean(value: Any) -> Any:
    """Return it without the characters that no document may hold."""
    if isinstance(value, str):
        return _NOT_IN_XML.sub("", value)
    if isinstance(value, dict):
        return {key: _clean(part) for key, part in value.items()}
    return [_clean(part) for part in value] if isinstance(value, list) else value
