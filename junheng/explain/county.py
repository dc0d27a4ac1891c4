"""The whole way from a county's verdict to its dimensions, indicators, schools and cells."""

from typing import Any

import duckdb
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from publish import words
from publish.language import language, say
from publish.query import rows_of

_LISTED = 20
_SOURCE = {
    "government_assurance": "mart_government_assurance",
    "education_quality": "mart_education_quality",
    "social_recognition": "mart_social_recognition",
}
_RESULTS = f"""
    select r.*, i.dimension, i.name_zh, i.name_en, i.short_name_zh, i.short_name_en, i.unit, s.name_zh as school_name,
        q.name_zh as reason_zh, q.name_en as reason_en
    from ({" union all by name ".join(f"from marts.{mart}" for mart in _SOURCE.values())}) as r
    inner join marts.dim_indicator as i using (indicator_code)
    left join seeds.reasons as q using (reason)
    left join marts.dim_school as s
        on r.county_code = s.county_code and r.school_id = s.school_id
            and r.assessment_year - 1 between s.valid_from_year and coalesce(s.valid_to_year, 9999)
    where r.county_code = $county and r.assessment_year = $year
        and ($indicator is null or r.indicator_code = $indicator)
        and ($stage is null or r.stage in ($stage, 'all'))
            and ($school is null or r.school_id = $school or r.judged_at = 'county')
    order by i.dimension, try_cast(regexp_extract(r.indicator_code, '[0-9]+') as integer), r.indicator_code,
        r.judged_at, r.stage desc, r.school_id, r.grade, r.subject
"""
_SCHOOLS = """
    select c.*, r.name_zh as reason_zh, r.name_en as reason_en from marts.mart_school_compliance as c left
        join seeds.reasons as r using (reason)
    where county_code = $county and census_year = $year - 1 and verdict in ('fail', 'no_data')
    order by school_id, stage desc
"""
_COEFFICIENTS = """
    with widened as (
        select stage, indicator_code,
            string_agg(printf('%s %.0f%%', school_name, share_of_variance * 100), '、' order by rank) as widened_by
        from marts.mart_resource_contribution
        where county_code = $county and census_year = $year - 1 and rank <= 3
        group by stage, indicator_code
    )
    select b.*, i.short_name_zh, i.short_name_en, r.name_zh as reason_zh, r.name_en as reason_en, w.widened_by
    from marts.mart_resource_balance as b inner join marts.dim_indicator as i using (indicator_code) left
        join seeds.reasons as r using (reason) left join widened as w using (stage, indicator_code)
    where county_code = $county and census_year = $year - 1 and ($stage is null or stage = $stage)
        and (indicator_code = $indicator or ($indicator is null and verdict in ('fail', 'no_data')))
    order by b.stage desc, b.indicator_code
"""
_SHORT_OF_IT = """
    select a.*, r.name_zh as reason_zh, r.name_en as reason_en from marts.mart_resource_allocation as a left
        join seeds.reasons as r using (reason)
    where county_code = $county and census_year = $year - 1 and indicator_code = $indicator
        and ($stage is null or stage = $stage) and verdict in ('fail', 'no_data')
    order by stage desc, attainment nulls last, school_id
"""
_EVIDENCE = """
    from marts.mart_indicator_evidence where county_code = $county and assessment_year = $year
        and ($indicator is null or indicator_code = $indicator)
            and ($school is null or school_id is null or school_id = $school)
    order by indicator_code, school_id, form, row, measure
"""
_LATEST = """
    select max(assessment_year) as year from marts.mart_county_scorecard
    where county_code = $county and ($year is null or assessment_year = $year)
        and ($year is not null or not exists (from marts.mart_school_compliance as c where c.county_code = $county)
            or exists (from marts.mart_school_compliance as c
                where c.county_code = $county and c.census_year = assessment_year - 1))
"""


def gather(
    connection: duckdb.DuckDBPyConnection,
    county: str,
    year: int | None,
    indicator: str | None = None,
    school: str | None = None,
    stage: str | None = None,
) -> dict[str, Any] | None:
    """Return a county's scorecard with what its verdicts stand on, whole or of one indicator, of the latest assessment
    where no year is given; None if unknown.
    """
    latest = rows_of(connection, county=county, year=year)(_LATEST)[0]["year"]
    if latest is None:
        return None
    rows = rows_of(connection, county=county, year=latest, indicator=indicator, school=school, stage=stage)
    is_resource = indicator is None or indicator.startswith("R")
    return {
        "scorecard": rows("from marts.mart_county_scorecard where county_code = $county and assessment_year = $year")[
            0
        ],
        "county": (rows("select name_zh from marts.dim_county where county_code = $county") or [{"name_zh": county}])[
            0
        ]["name_zh"],
        "indicator": next(iter(rows("from marts.dim_indicator where indicator_code = $indicator")), None),
        "school": next(
            iter(
                rows(
                    "select school_id, name_zh from marts.dim_school where county_code = $county and school_id = "
                    "$school order by valid_from_year desc limit 1"
                )
            ),
            None,
        ),
        "results": rows(_RESULTS),
        "schools": rows(_SCHOOLS) if indicator is None else [],
        "coefficients": rows(_COEFFICIENTS) if is_resource else [],
        "short_of_it": rows(_SHORT_OF_IT) if indicator and is_resource else [],
        "evidence": rows(_EVIDENCE),
        "context": rows(
            "from marts.mart_printed_context where county_code = $county and assessment_year = $year and "
            "($indicator is null or indicator_code = $indicator)"
        ),
        "measures": {row["measure"]: row[f"name_{language()}"] for row in rows("from seeds.measures")},
    }


def show(explained: dict[str, Any], console: Console) -> None:
    """Print the way as a tree; of what holds, only that it holds."""
    card, indicator, school = explained["scorecard"], explained["indicator"], explained["school"]
    who = f"{school['name_zh']} {school['school_id']}" if school else f"{explained['county']} {card['county_code']}"
    title = f"[bold]{escape(who)} · {say('{} 年评估', 'assessment {}').format(card['assessment_year'])}"
    if indicator:
        tree = Tree(f"{title} · {indicator['indicator_code']} {escape(indicator[f'name_{language()}'])}[/]")
        _add_coefficients(tree, explained["coefficients"])
        _add_short_of_it(tree, explained["short_of_it"])
        of_county = [result for result in explained["results"] if result["judged_at"] == "county"]
        of_school = [result for result in of_county if _places(result, explained)]
        if school and not of_school and of_county:
            tree.add(say("这一项按全县判定，不分学校。", "This is judged for the county, not by school."))
        for result in of_school if school and of_school else of_county:
            _add_indicator(tree, result, explained)
    else:
        tree = Tree(f"{title} · {words.verdict(card['verdict'])}[/]")
        tree.add(
            say(
                f"指标：达标 {card['indicators_passed']} 项 · 不达标 {card['indicators_failed']} 项 · 未判定 "
                f"{card['indicators_missing']} 项",
                f"Indicators: pass {card['indicators_passed']} · fail {card['indicators_failed']} · no data "
                f"{card['indicators_missing']}",
            )
        )
        for dimension in words.DIMENSIONS:
            branch = tree.add(f"[bold]{words.dimension(dimension)}{say('：', ': ')}{words.verdict(card[dimension])}[/]")
            if dimension == "resource_allocation":
                _add_coefficients(branch, explained["coefficients"])
                _add_schools(branch, explained["schools"])
            for result in explained["results"]:
                if result["dimension"] == dimension and result["judged_at"] == "county":
                    _add_indicator(branch, result, explained)
        tree.add(say("一票否决：", "Vetoes: ") + words.veto(card["veto_verdict"]) + escape(f" {card['vetoes'] or ''}"))
        recognised = {True: say("是", "yes"), False: say("否", "no"), None: "—"}[card["is_recognised"]]
        tree.add(say("国家认定（照录，不参与判定）：", "Recognised by the nation, as recorded: ") + recognised)
        tree.add(say("评估复核（照录，不参与判定）：", "Reviews, as recorded: ") + escape(card["reviews"] or "—"))
        tree.add(f"[dim]{say('标准版本：', 'Standard: ')}{card['standard_version']}[/]")
    for context in explained["context"]:
        why = say(context["why_zh"], context["why_en"])
        document = escape(context["document_title"] or context["document"])
        figure = f"{escape(context['name_zh'])} {context['year']} = {context['value']:g} {context['unit'] or ''}"
        tree.add(f"[dim]{figure}{say(f'（{why}；{document}）', f' ({why}; {document})')}[/]")
    console.print(tree)


def _add_coefficients(branch: Tree, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        cv = words.number(row["cv"], 4, row["cv_limit"])
        by = (
            say(f"；主要由谁拉大：{row['widened_by']}", f"; widened most by: {row['widened_by']}")
            if row["widened_by"] and row["verdict"] == "fail"
            else ""
        )
        missing = (
            say(f"；还缺：{row['missing_schools']}", f"; still missing: {row['missing_schools']}")
            if row["missing_schools"]
            else ""
        )
        name = say(
            f"差异系数 {row['short_name_zh']} {words.stage(row['stage'])}：",
            f"Coefficient of {row['short_name_en']}, {words.stage(row['stage'])}: ",
        )
        branch.add(
            name
            + cv
            + say(f"，限值 {row['cv_limit']:g}，", f", limit {row['cv_limit']:g}, ")
            + words.verdict(row["verdict"])
            + _reason(row)
            + escape(by + missing)
        )


def _add_schools(branch: Tree, rows: list[dict[str, Any]]) -> None:
    for row in rows[:_LISTED]:
        branch.add(
            escape(f"{row['school_name']} {row['school_id']} {words.stage(row['stage'])}{say('：', ': ')}")
            + words.verdict(row["verdict"])
            + say(f"，达标 {row['indicators_met']} 项", f", {row['indicators_met']} met")
            + _reason(row)
        )
    _add_more(branch, len(rows), "marts.mart_school_compliance")


def _add_short_of_it(tree: Tree, rows: list[dict[str, Any]]) -> None:
    for row in rows[:_LISTED]:
        gap = (
            say(
                f"，差 {words.amount(row['gap_to_standard'], row['gap_unit'])}",
                f", {words.amount(row['gap_to_standard'], row['gap_unit'])} missing",
            )
            if row["gap_to_standard"]
            else ""
        )
        figure = (
            say(
                f"，数值 {words.number(row['value'], beside=row['standard'])}，标准 {words.number(row['standard'])}",
                f", {words.number(row['value'], beside=row['standard'])}, standard {words.number(row['standard'])}",
            )
            if row["value"] is not None
            else ""
        )
        tree.add(
            escape(f"{row['school_name']} {row['school_id']} {words.stage(row['stage'])}{say('：', ': ')}")
            + words.verdict(row["verdict"])
            + figure
            + gap
            + _reason(row)
        )
    _add_more(tree, len(rows), "marts.mart_resource_allocation")


def _add_indicator(branch: Tree, result: dict[str, Any], explained: dict[str, Any]) -> None:
    code, stage = result["indicator_code"], words.stage(result["stage"])
    name = escape(result[f"short_name_{language()}"]) + (say(f"（{stage}）", f" ({stage})") if stage else "")
    verdict = f"[bold]{words.verdict(result['verdict'])}[/]"
    node = branch.add(f"{code} {name}{say('：', ': ')}{verdict}{_figures(result)}")
    if result["verdict"] in ("pass", "not_applicable") and not explained["indicator"]:
        return
    places = _places(result, explained)
    for place in places[:_LISTED]:
        where = (
            f"{place['school_name'] or ''} {place['school_id']} {words.stage(place['stage'])}".rstrip()
            if place["school_id"]
            else say(
                f"{place['grade']} 年级 {words.subject(place['subject'])}",
                f"grade {place['grade']} {words.subject(place['subject'])}",
            )
        )
        leaf = node.add(f"{escape(where)}{say('：', ': ')}{words.verdict(place['verdict'])}{_figures(place)}")
        _add_cells(
            leaf,
            [
                e
                for e in explained["evidence"]
                if e["indicator_code"] == code
                and all(e[key] == place[key] for key in ("school_id", "grade", "subject"))
            ],
            explained["measures"],
        )
    _add_more(node, len(places), "marts." + _SOURCE[result["dimension"]])
    if not places:
        _add_cells(node, [e for e in explained["evidence"] if e["indicator_code"] == code], explained["measures"])


def _places(result: dict[str, Any], explained: dict[str, Any]) -> list[dict[str, Any]]:
    """Return where else the indicator of a county's result is judged: what fails or is unknown; asked for by itself, a
    few in all.
    """
    stage = words.stage(result["stage"])
    is_asked_for = explained["school"] or (explained["indicator"] and len(explained["results"]) <= _LISTED)
    return [
        r
        for r in explained["results"]
        if r["indicator_code"] == result["indicator_code"]
        and r["judged_at"] != "county"
        and (r["verdict"] in ("fail", "no_data") or is_asked_for)
        and (not stage or r["stage"] == result["stage"])
    ]


def _figures(result: dict[str, Any]) -> str:
    """Return value, fraction, standard, reason and evidence, as far as there are any."""
    parts, unit = [], words.unit(result["unit"])
    standard = (
        ""
        if result["standard"] is None
        else say(f"标准 {words.number(result['standard'])}", f"standard {words.number(result['standard'])}")
    )
    if result["value"] is not None:
        fraction = (
            f" ({result['numerator']:,.10g} / {result['denominator']:,.10g})"
            if result["denominator"] is not None
            else ""
        )
        parts.append(f"{words.number(result['value'], 4, result['standard'])} {unit}{fraction} {standard}".strip())
    elif result["value_low"] is not None or result["value_high"] is not None:
        low, high = words.number(result["value_low"], 4), words.number(result["value_high"], 4)
        parts.append(
            say(
                f"有缺项，介于 {low} 与 {high} {unit} {standard}",
                f"incomplete, between {low} and {high} {unit} {standard}",
            )
        )
    if result["failing_schools"]:
        parts.append(say(f"{result['failing_schools']} 所学校不达标", f"{result['failing_schools']} schools fail"))
    parts += [
        text
        for text in (
            _own_reason(result),
            words.how(result["how"] or ""),
            say("取自公开文件", "as printed") if result["is_printed"] else None,
            result["evidence"],
        )
        if text
    ]
    return escape("  " + " · ".join(parts)) if parts else ""


def _own_reason(row: dict[str, Any]) -> str:
    return row[f"reason_{language()}"] or ""


def _reason(row: dict[str, Any]) -> str:
    return say(f"（{_own_reason(row)}）", f" ({_own_reason(row)})") if _own_reason(row) else ""


def _add_cells(node: Tree, cells: list[dict[str, Any]], measures: dict[str, str]) -> None:
    for cell in cells[:_LISTED]:
        text = say("空白", "blank") if cell["raw_value"] is None else f"“{cell['raw_value']}”"
        node.add(
            escape(
                f"{measures[cell['measure']]} = {text} ({words.cell_status(cell['status'])})  {cell['file_name']} "
                f"{cell['sheet']}!{cell['cell']} sha256 {cell['file_sha256'][:12]}"
            )
        )
    _add_more(node, len(cells), "marts.mart_indicator_evidence")


def _add_more(node: Tree, count: int, table: str) -> None:
    if count > _LISTED:
        node.add(say(f"另有 {count - _LISTED} 项，见发布库的表 {table}", f"and {count - _LISTED} more: {table}"))
