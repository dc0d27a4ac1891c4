"""The whole way from a county's verdict to its dimensions, indicators, schools and cells, read from the warehouse."""

from pathlib import Path

import duckdb
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from publish.summary import DIMENSIONS, STAGES, VERDICTS

_LISTED = 20
_MARTS = " union all by name ".join(f"from marts.mart_{name}" for name in ("government_assurance", "education_quality", "social_recognition"))
_RESULTS = f"""
    select r.*, i.dimension, i.name_zh, i.name_en, i.unit, s.name_zh as school_name
    from ({_MARTS}) as r
    inner join marts.dim_indicator as i using (indicator_code)
    left join marts.dim_school as s
        on r.county_code = s.county_code and r.school_id = s.school_id and r.assessment_year - 1 between s.valid_from_year and coalesce(s.valid_to_year, 9999)
    where r.county_code = $county and r.assessment_year = $year
    order by i.dimension, try_cast(regexp_extract(r.indicator_code, '[0-9]+') as integer), r.indicator_code, r.judged_at, r.stage desc, r.school_id, r.grade, r.subject
"""
_RESOURCE = """
    select school_id, school_name, stage, verdict, reason, indicators_met, null as cv, null as cv_limit from marts.mart_school_compliance
    where county_code = $county and census_year = $year - 1 and verdict in ('fail', 'no_data')
    union all
    select null, indicator_code, stage, verdict, reason, null, cv, cv_limit from marts.mart_resource_balance
    where county_code = $county and census_year = $year - 1 and verdict in ('fail', 'no_data')
    order by 1, 2, 3
"""
_EVIDENCE = "from marts.mart_indicator_evidence where county_code = $county and assessment_year = $year order by indicator_code, school_id, form, row, measure"


def gather(warehouse: Path, county: str, year: int) -> dict | None:
    """Return scorecard, results, what resource allocation lacks, evidence and printed context; None if unknown."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:

        def rows(sql: str) -> list[dict]:
            result = connection.execute(sql, {"county": county, "year": year})
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

        card = rows("from marts.mart_county_scorecard where county_code = $county and assessment_year = $year")
        if not card:
            return None
        return {
            "scorecard": card[0],
            "county": (rows("select name_zh from marts.dim_county where county_code = $county and $year > 0") or [{"name_zh": county}])[0]["name_zh"],
            "results": rows(_RESULTS),
            "resource": rows(_RESOURCE),
            "evidence": rows(_EVIDENCE),
            "context": rows("from marts.mart_printed_context where county_code = $county and assessment_year = $year"),
        }


def show(explained: dict, console: Console) -> None:
    """Print the way as a tree; of what holds, only that it holds."""
    card = explained["scorecard"]
    tree = Tree(f"[bold]{escape(explained['county'])} {card['county_code']} · {card['assessment_year']} 年评估 assessment · {_verdict(card['verdict'])}[/]   标准版本 {card['standard_version']}")
    tree.add(f"指标 indicators: 达标 {card['indicators_passed']} · 不达标 {card['indicators_failed']} · 未判定 {card['indicators_missing']}")
    for dimension, name in DIMENSIONS.items():
        branch = tree.add(f"[bold]{name} {dimension}: {_verdict(card[dimension])}[/]")
        if dimension == "resource_allocation":
            _add_resource(branch, explained["resource"], card)
            continue
        for result in explained["results"]:
            if result["dimension"] == dimension and result["judged_at"] == "county":
                _add_indicator(branch, result, explained)
    tree.add(f"一票否决 vetoes: {_verdict(card['veto_verdict'])} {card['vetoes'] or ''}")
    recognised = {True: "是 yes", False: "否 no", None: "—"}[card["is_recognised"]]
    tree.add(f"国家认定（照录，不参与判定）recognised by the nation, as recorded: {recognised}")
    tree.add(f"评估复核（照录，不参与判定）reviews, as recorded: {escape(card['reviews'] or '—')}")
    for context in explained["context"]:
        tree.add(f"[dim]{context['indicator_code']} {escape(context['name_zh'])} {context['year']} = {context['value']:g} {context['unit'] or ''}（{context['why_zh']} {context['why_en']}；{escape(context['document_title'] or context['document'])}）[/]")
    console.print(tree)


def _verdict(verdict: str) -> str:
    return f"{VERDICTS[verdict]} {verdict}"


def _add_resource(branch: Tree, resource: list[dict], card: dict) -> None:
    for row in resource[:_LISTED]:
        if row["school_id"] is None:
            coefficient = "—" if row["cv"] is None else f"{row['cv']:.4f}"
            branch.add(f"差异系数 {row['school_name']} {STAGES[row['stage']]}: {coefficient} / {row['cv_limit']:g} {_verdict(row['verdict'])} {row['reason'] or ''}")
        else:
            branch.add(f"{escape(row['school_name'])} {row['school_id']} {STAGES[row['stage']]}: {row['indicators_met']}/7 {_verdict(row['verdict'])} {row['reason'] or ''}")
    if len(resource) > _LISTED:
        branch.add(f"另有 {len(resource) - _LISTED} 项 and {len(resource) - _LISTED} more: marts.mart_school_compliance, mart_resource_balance ({card['assessment_year'] - 1})")


def _add_indicator(branch: Tree, result: dict, explained: dict) -> None:
    code = result["indicator_code"]
    stage = STAGES.get(result["stage"])
    node = branch.add(f"{code} {escape(result['name_zh'])}{f'（{stage}）' if stage else ''}: [bold]{_verdict(result['verdict'])}[/]{_figures(result)}")
    if result["verdict"] in ("pass", "not_applicable"):
        return
    places = [r for r in explained["results"] if r["indicator_code"] == code and r["judged_at"] != "county" and r["verdict"] in ("fail", "no_data") and (not stage or r["stage"] == result["stage"])]
    for place in places[:_LISTED]:
        where = f"{place['school_name'] or ''} {place['school_id']}" if place["school_id"] else f"{place['grade']} 年级 {place['subject']}"
        leaf = node.add(f"{escape(where)} {STAGES.get(place['stage'], '')}: {_verdict(place['verdict'])}{_figures(place)}")
        _add_cells(leaf, [e for e in explained["evidence"] if e["indicator_code"] == code and all(e[key] == place[key] for key in ("school_id", "grade", "subject"))])
    if len(places) > _LISTED:
        node.add(f"另有 {len(places) - _LISTED} 处 and {len(places) - _LISTED} more")
    if not places:
        _add_cells(node, [e for e in explained["evidence"] if e["indicator_code"] == code])


def _figures(result: dict) -> str:
    """Return value, fraction, standard, reason and evidence, as far as there are any."""
    parts = []
    if result["value"] is not None:
        fraction = f"（{result['numerator']:,.10g} / {result['denominator']:,.10g}）" if result["denominator"] is not None else ""
        parts.append(f"{result['value']:,.4f} {result['unit'] or ''}{fraction} 标准 {result['standard']:g}")
    elif result["value_low"] is not None or result["value_high"] is not None:
        low, high = ("—" if bound is None else f"{bound:,.4f}" for bound in (result["value_low"], result["value_high"]))
        parts.append(f"有缺项，介于 between {low} 与 and {high} {result['unit'] or ''} 标准 {result['standard']:g}")
    if result["failing_schools"]:
        parts.append(f"{result['failing_schools']} 所学校不达标 schools fail")
    parts += [text for text in (result["reason"], result["how"], "取自公开文件 printed" if result["is_printed"] else None, result["evidence"]) if text]
    return escape("  " + " · ".join(parts)) if parts else ""


def _add_cells(node: Tree, cells: list[dict]) -> None:
    for cell in cells[:_LISTED]:
        node.add(escape(f"{cell['measure']} = “{cell['raw_value']}” ({cell['status']})  {cell['file_name']} ‹{cell['sheet']}!{cell['cell']}› {cell['form']} {cell['year']} sha256 {cell['file_sha256'][:12]}…"))
    if len(cells) > _LISTED:
        node.add(f"另有 {len(cells) - _LISTED} 个单元格 and {len(cells) - _LISTED} more cells: marts.mart_indicator_evidence")
