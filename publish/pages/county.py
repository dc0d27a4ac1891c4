"""A county's page: where it stands, what is missing where, and from each figure its way to the cell."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from markupsafe import Markup

from extract.definitions.vocabulary import spellings
from publish import words
from publish.pages import facts as sources
from publish.pages.facts import Facts, Row
from publish.pages.rendering import both, render
from publish.pages.whatif_data import whatif_data

# Every synthetic name carries this word.
SYNTHETIC = "合成"
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_SCHOOLS_OF_A_CHART = 15
# How a figure stands, by its verdict and whether it meets the floor; one element a figure, for pages of 400 schools.
_SIGNS = {
    (verdict, meets_floor): Markup(f'<i role="img" aria-label="{" ".join(words.VERDICTS[verdict])}">{sign}</i>')
    for verdict, meets_floor, sign in (
        ("pass", True, "✓"),
        ("fail", True, "△"),
        ("fail", False, "✕"),
        ("no_data", None, "?"),
        ("not_applicable", None, "–"),
    )
}
_SHOWN = 300  # lines of a list that nobody reads to its end; the whole one is said to be elsewhere


@dataclass(frozen=True)
class Standard:
    """What is the same for every county."""

    indicators: list[Row]  # in the standard's order
    measures: dict[str, tuple[str, str]]  # code → names
    parts: list[Row]  # what R-indicators are made of
    class_bins: list[Row]
    parameters: list[Row]

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection) -> "Standard":
        """Return what the published warehouse has."""
        indicators, measures = sources.indicators(connection), sources.measures(connection)
        parts, bins = sources.parts(connection), sources.class_bins(connection)
        return cls(indicators, measures, parts, bins, sources.parameters(connection))


def page(facts: Facts, standard: Standard) -> str:
    """Return the page of a county.

    Args:
        facts: its rows, as ``facts.gather`` returns them.
        standard: what it is judged by.
    """
    indicators = standard.indicators
    (county,) = facts["county"]
    resources = [i for i in indicators if i["dimension"] == "resource_allocation"]
    tried = whatif_data(facts, standard.parts, standard.class_bins, standard.parameters)
    cards = {card["assessment_year"]: card for card in facts["scorecards"]}
    return render(
        "county.html",
        _data(facts, standard) | {"whatif": tried},
        county=county,
        is_synthetic=SYNTHETIC in (county["name_zh"] or ""),
        known_on=shanghai_day(county["received_at"]),
        card=cards[county["assessment_year"]],
        cards=facts["scorecards"],
        dimensions=list(words.DIMENSIONS),
        floor=words.floor(),
        resources=resources,
        missing=_missing(facts["values"], resources),
        schools=_schools(facts),
        out_of_scope=facts["out_of_scope"],
        coefficients=_coefficients(facts),
        targets=targets_once(facts["targets"]),
        gaps=facts["gaps"],
        gaps_moved=_moved([*facts["gaps"], *facts["closed_gaps"]]),
        changes=_changes(facts),
        restated=facts["restated"],
        indicators=_indicators(facts, indicators),
        short_names={i["indicator_code"]: (i["short_name_zh"], i["short_name_en"]) for i in indicators},
        facts=facts,
        day=shanghai_day,
        signs=_SIGNS,
        said=_said,
        can_try=tried is not None,
        shown=_SHOWN,
    )


def _said(field: str, code: str | None) -> Markup | str:
    """Return the word that forms have for a code, in both languages."""
    return both(spellings()[field].get(code, code), code) if code else "—"


def tells_until(facts: Facts, notice_days: int) -> dt.date:
    """Return the first day on which what depends on the day may read otherwise: a date that passes, a notice due.

    Args:
        facts: its rows.
        notice_days: after how many days without progress a gap asks for a notice.
    """
    day = dt.timedelta(days=1)
    turns = [
        *(g["due_date"] + day for g in facts["gaps"] if g["due_date"]),
        *(g["opened_on"] + notice_days * day for g in facts["gaps"] if g["opened_on"]),
        *(t["due_on"] + day for t in facts["targets"] if t["due_on"]),
    ]
    today = dt.date.today()
    return min((turn for turn in turns if turn > today), default=dt.date.max)


def shanghai_day(moment: str | None) -> dt.date | None:
    """Return the day, in Shanghai, of the moment of a receipt."""
    return dt.datetime.fromisoformat(moment).astimezone(_SHANGHAI).date() if moment else None


def _missing(values: list[Row], resources: list[Row]) -> list[Row]:
    """Return indicator by indicator what schools lack to the standard, and how many of them."""
    short = [v for v in values if (v["gap_to_standard"] or 0) > 0]
    found = []
    for indicator in resources:
        of_it = [v for v in short if v["indicator_code"] == indicator["indicator_code"]]
        if of_it:
            found.append(
                {
                    **indicator,
                    "quantity": sum(v["gap_to_standard"] for v in of_it),
                    "schools": len({v["school_id"] for v in of_it}),
                }
            )
    return found


def _schools(facts: Facts) -> list[Row]:
    """Return a row per school and stage, the worst first, with its seven values and the least it must do."""
    values = _by(facts["values"], "school_id", "stage")
    steps = _by(facts["steps"], "school_id", "stage")
    return [
        {
            **school,
            "values": {v["indicator_code"]: v for v in values[school["school_id"], school["stage"]]},
            "steps": steps[school["school_id"], school["stage"]],
        }
        for school in facts["schools"]
    ]


def _coefficients(facts: Facts) -> list[Row]:
    contributions = _by(facts["contributions"], "stage", "indicator_code")
    return [
        {**row, "widened_by": contributions[row["stage"], row["indicator_code"]][:3]} for row in facts["coefficients"]
    ]


def targets_once(rows: list[Row]) -> list[Row]:
    """Return each target once: its status of the latest year, with its latest figure of any year."""
    found = []
    for _, years in groupby(rows, key=lambda r: (r["target_year"], r["group_name"], r["metric"])):
        of_target = list(years)
        latest = next((r for r in of_target if r["is_latest"]), of_target[-1])
        known = next((r for r in reversed(of_target) if r["value"] is not None), None)
        figures = ("census_year", "value", "change_yoy", "needed_per_year", "forecast", "forecast_low", "forecast_high")
        found.append({**latest, **{name: known[name] if known else None for name in figures}})
    return found


def _moved(gaps: list[Row]) -> Row | None:
    """Return the last day on which gaps were opened or closed, and how many of each."""
    days = [day for gap in gaps for day in (gap["opened_on"], gap["closed_on"]) if day]
    if not days:
        return None
    last = max(days)
    opened, closed = (sum(gap[which] == last for gap in gaps) for which in ("opened_on", "closed_on"))
    return {"day": last, "opened": opened, "closed": closed}


def _changes(facts: Facts) -> list[Row]:
    by_whom = _by(facts["changed_by"], "stage", "indicator_code")
    moved = ("schools_risen", "schools_fallen", "cv_before")
    return [
        {**row, "by_whom": by_whom[row["stage"], row["indicator_code"]]}
        for row in facts["changes"]
        if any(row[name] is not None for name in moved)
    ]


def _indicators(facts: Facts, indicators: list[Row]) -> list[Row]:
    """Return every indicator with the county's results of it, its places that do not pass, its targets and files."""
    results = _by(facts["results"], "indicator_code")
    files: dict[str, set[str]] = defaultdict(set)
    for row in facts["evidence"]:
        files[row["indicator_code"]].add(row["file_name"])
    printed = _by(facts["printed"], "indicator_code")
    coefficients, values = _by(facts["coefficients"], "indicator_code"), _by(facts["values"], "indicator_code")
    for row in facts["components"]:
        if row["file_name"]:
            files[row["indicator_code"]].add(row["file_name"])
    found = []
    for indicator in indicators:
        code = indicator["indicator_code"]
        of_it = results[(code,)]
        found.append(
            {
                **indicator,
                "results": [r for r in of_it if r["judged_at"] == "county"],
                "places": [r for r in of_it if r["judged_at"] != "county" and r["verdict"] in ("fail", "no_data")],
                "coefficients": coefficients[(code,)],
                "stages": [
                    (stage, [v for v in values[(code,)] if v["stage"] == stage])
                    for stage in ("primary", "junior")
                    if any(v["stage"] == stage for v in values[(code,)])
                ],
                "files": sorted(files[code]),
                "printed": printed[(code,)],
            }
        )
    return found


def _by(rows: Iterable[Row], *keys: str) -> defaultdict[tuple[Any, ...], list[Row]]:
    grouped: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        grouped[tuple(row[key] for key in keys)].append(row)
    return grouped


class _Numbered:
    """Texts that repeat, each kept once; a row names it by its number."""

    def __init__(self) -> None:
        self.texts: dict[str, int] = {}

    def number(self, text: str | None) -> int | None:
        return None if text is None else self.texts.setdefault(text, len(self.texts))


def _data(facts: Facts, standard: Standard) -> Row:
    """Return what the page's script works with: where each figure comes from, and what charts draw."""
    texts, measures = _Numbered(), standard.measures
    number = texts.number
    parts: dict[str, dict[str, list[Any]]] = defaultdict(dict)
    for (school, stage, code), rows in _by(facts["components"], "school_id", "stage", "indicator_code").items():
        parts[f"{school} {stage}"][code] = [
            [
                number(r["member_school_name"]),
                number(r["measure"]),
                r["measure_stage"],
                r["sign"],
                r["value"],
                r["share"],
                number(r["reason"]),
                number(r["file_name"]),
                number(r["sheet"]),
                r["cell"],
            ]
            for r in rows
        ]
    return {
        "parts": parts,
        "values": {
            f"{school} {stage}": {
                v["indicator_code"]: [v["value"], v["quantity"], v["pupils"], v["standard"], v["verdict"], v["reason"]]
                for v in rows
            }
            for (school, stage), rows in _by(facts["values"], "school_id", "stage").items()
        },
        "pupils": {
            school: [[r["stage"], r["value"], number(r["file_name"]), number(r["sheet"]), r["cell"]] for r in rows]
            for (school,), rows in _by(facts["pupils"], "school_id").items()
        },
        "evidence": {
            code: [
                [
                    r["school_id"],
                    number(r["measure"]),
                    r["raw_value"],
                    r["status"],
                    number(r["file_name"]),
                    number(r["sheet"]),
                    r["cell"],
                ]
                for r in rows
            ]
            for (code,), rows in _by(facts["evidence"], "indicator_code").items()
        },
        "contributions": {
            f"{stage} {code}": [[r["school_name"], r["share_of_variance"], r["deviation"]] for r in rows][
                :_SCHOOLS_OF_A_CHART
            ]
            for (stage, code), rows in _by(facts["contributions"], "stage", "indicator_code").items()
        },
        "roads": _roads(facts["targets"]),
        "texts": list(texts.texts),
        "measures": {m: measures[m] for m in texts.texts if m in measures}
        | {m: measures[m] for m in sorted({r["measure"] for r in facts["figures"]})},
        "shortNames": {i["indicator_code"]: [i["short_name_zh"], i["short_name_en"]] for i in standard.indicators},
        "words": {name: words.CODED[name] for name in ("stage", "verdict", "reason", "status")},
        "plans": {p["scenario"]: _plan(facts, p["scenario"]) for p in facts["plans"] if p["status"] == "optimal"},
    }


def _plan(facts: Facts, scenario: str) -> Row:
    """Return what the what-if needs of a plan: the pupils that it counts on, and its steps."""
    return {
        "pupils": [
            [p["school_id"], p["stage"], p["pupils_ahead"]]
            for p in facts["plan_pupils"]
            if p["scenario"] == scenario and p["pupils_ahead"] != p["pupils_now"]
        ],
        "steps": [
            {
                "kind": s["action"],
                "code": s["indicator_code"],
                "stage": s["stage"],
                "school": s["school_id"],
                "from": s["from_school_id"],
                "amount": s["amount"],
                "measure": s["measure"],
                "into": s["into_measure"],
                "intoAmount": s["into_amount"],
                "persons": s["same_persons_as"] or s["step_number"],
            }
            for s in facts["plan_steps"]
            if s["scenario"] == scenario
        ],
    }


def _roads(rows: list[Row]) -> list[Row]:
    """Return per metric its figures of all years, and each of its goals with the forecast."""
    found = []
    for (group, _), of_metric in _by(rows, "group_name", "metric").items():
        figures = {r["census_year"]: r["value"] for r in of_metric if r["value"] is not None}
        goals = []
        for (year,), of_goal in sorted(_by(of_metric, "target_year").items()):
            last = [r for r in of_goal if r["value"] is not None][-1:] or of_goal[-1:]
            goals.append(
                [year, last[0]["target_value"], *(last[0][k] for k in ("forecast", "forecast_low", "forecast_high"))]
            )
        if figures:
            first = of_metric[0]
            found.append(
                {
                    "name": [f"{group} · {first[k]}" if group else first[k] for k in ("metric_zh", "metric_en")],
                    "unit": words.UNITS.get(first["unit"] or "", ("", "")),
                    "figures": sorted(figures.items()),
                    "goals": goals,
                }
            )
    return found
