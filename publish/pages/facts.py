"""What a county's page tells, from the marts: one query a section for all counties asked for, rows by county."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import duckdb

Row = dict[str, Any]
Facts = dict[str, list[Row]]  # section → rows

# The assessment a page is about: the latest with a census, else the latest.
_CHOSEN = """
    create or replace temp table chosen as
    select county_code, assessment_year, assessment_year - 1 as census_year
    from marts.mart_county_scorecard
    where county_code in (select unnest($counties))
    qualify row_number() over (partition by county_code order by (county_code, assessment_year - 1) in (
        select (county_code, census_year) from marts.mart_school_compliance
    ) desc, assessment_year desc) = 1
"""
_JUDGED = ("mart_government_assurance", "mart_education_quality", "mart_social_recognition")
_PLACES = " union all by name ".join(f"from marts.{mart}" for mart in _JUDGED)
_OF_CENSUS = "inner join chosen using (county_code, census_year)"
_OF_ASSESSMENT = "inner join chosen using (county_code, assessment_year)"
_OF_COUNTY = "inner join chosen using (county_code)"
# The order of 34 codes: R1 … S1, G11a before G11b.
_BY_CODE = "array_position(['R', 'G', 'Q', 'S'], {0}[1]), cast(regexp_extract({0}, '[0-9]+') as integer), {0}"

SECTIONS = {
    "county": f"""
        select d.*, assessment_year, census_year, f.received_at
        from marts.dim_county as d {_OF_COUNTY}
        left join (
            select county_code, max(received_at) as received_at from marts.mart_file_outcome group by all
        ) as f using (county_code)
    """,
    "scorecards": f"""
        select c.* from marts.mart_county_scorecard as c {_OF_COUNTY} order by c.assessment_year
    """,
    "schools": f"""
        select m.*, g.groups
        from marts.mart_school_compliance as m {_OF_CENSUS}
        left join (
            select county_code, school_id, census_year,
                string_agg(distinct group_name, '、' order by group_name) as groups
            from marts.dim_school_group {_OF_COUNTY}
            where census_year between valid_from_year and coalesce(valid_to_year, 9999)
            group by all
        ) as g using (county_code, school_id, census_year)
        order by m.verdict = 'pass', m.verdict <> 'fail', m.indicators_below_floor desc, m.indicators_met, m.school_id,
            m.stage desc
    """,
    "values": f"""
        select m.* from marts.mart_resource_allocation as m {_OF_CENSUS}
        order by m.school_id, m.stage desc, m.indicator_code
    """,
    "steps": f"""
        select m.* from marts.mart_school_least_step as m {_OF_CENSUS}
        order by m.school_id, m.stage desc, m.indicator_code
    """,
    "out_of_scope": f"select m.* from marts.mart_school_out_of_scope as m {_OF_CENSUS} order by m.school_id",
    "coefficients": f"""
        select m.* from marts.mart_resource_balance as m {_OF_CENSUS} order by m.stage desc, m.indicator_code
    """,
    "contributions": f"""
        select m.* from marts.mart_resource_contribution as m {_OF_CENSUS}
        where m.share_of_variance is not null order by m.stage desc, m.indicator_code, m.rank, m.school_id
    """,
    "components": f"""
        select m.* from marts.mart_indicator_component as m {_OF_CENSUS}
        order by m.school_id, m.stage desc, m.indicator_code, m.member_school_id, m.sign desc, m.measure,
            m.measure_stage
    """,
    "pupils": f"""
        select m.county_code, m.school_id, m.stage, m.value, m.file_name, m.sheet, m.cell
        from marts.mart_lineage as m {_OF_CENSUS} where m.measure = 'pupils'
        order by m.school_id, m.stage desc, m.file_name, m.sheet, m.cell
    """,
    "figures": f"""
        select m.county_code, m.school_id, m.stage, m.measure, m.value
        from intermediate.int_school_measures as m {_OF_CENSUS} order by m.school_id, m.stage, m.measure
    """,
    "members": f"""
        select m.county_code, m.member_school_id, m.school_id, m.is_unresolved, r.school_name, r.counts_as_school,
            coalesce(r.run_by = 'private', false) as is_private, t.is_point, r.missing_reason is not null as is_missing
        from intermediate.int_school_members as m {_OF_CENSUS}
        inner join intermediate.int_school_roster as r
            on m.census_year = r.census_year and m.county_code = r.county_code and m.member_school_id = r.school_id
        inner join seeds.school_types as t on r.school_type = t.school_type
        order by m.member_school_id
    """,
    "rules": """
        select county_code, s.indicator_code, s.stage, s.threshold, s.floor, i.scale, i.gap_rounding, l.cv_limit,
            v.indicators_to_meet
        from chosen
        inner join intermediate.int_county_standards as v using (county_code, census_year)
        inner join seeds.standards as s on v.standard_version = s.standard_version
            and chosen.census_year between s.valid_from_year and coalesce(s.valid_to_year, 9999)
        inner join seeds.indicators as i on s.indicator_code = i.indicator_code
        inner join seeds.coefficient_limits as l on v.standard_version = l.standard_version and s.stage = l.stage
            and chosen.census_year between l.valid_from_year and coalesce(l.valid_to_year, 9999)
        where i.dimension = 'resource_allocation'
        order by s.indicator_code, s.stage
    """,
    "gaps": f"""
        select g.*, coalesce(d.title, g.document) as document_title
        from marts.mart_gap_ledger as g {_OF_COUNTY}
        left join staging.stg_published_documents as d on g.document = d.document
        where g.closed_on is null
        order by g.status <> 'overdue', g.due_date nulls last, {_BY_CODE.format("g.indicator_code")}, g.school_id,
            g.stage, g.school_name, g.subject
    """,
    "gaps_moved": f"""
        with moved as (select county_code, opened_on, closed_on from marts.mart_gap_ledger {_OF_COUNTY}),
        last as (
            select county_code, max(greatest(opened_on, coalesce(closed_on, opened_on))) as day from moved group by all
        )
        select county_code, day, count(*) filter (opened_on = day) as opened,
            count(*) filter (closed_on = day) as closed
        from moved inner join last using (county_code) group by all
    """,
    "targets": f"""
        select t.*, m.indicator_code, coalesce(d.title, t.document) as document_title
        from marts.mart_target_progress as t {_OF_COUNTY}
        left join seeds.target_metrics as m on t.metric = m.metric
        left join staging.stg_published_documents as d on t.document = d.document
        order by t.target_year, t.group_name, t.metric, t.census_year
    """,
    "changes": f"""
        select m.* from marts.mart_year_over_year as m {_OF_CENSUS} order by m.stage desc, m.indicator_code
    """,
    "changed_by": f"""
        select m.* from marts.mart_coefficient_change as m {_OF_CENSUS}
        where m.contribution is not null
        qualify row_number() over (partition by county_code, stage, indicator_code
            order by abs(m.contribution) desc, m.school_id) <= 3
        order by m.stage desc, m.indicator_code, abs(m.contribution) desc, m.school_id
    """,
    "restated": f"""
        select m.* from marts.mart_restatement as m {_OF_COUNTY}
        where m.is_flip
        qualify m.restated_at = max(m.restated_at) over (partition by m.county_code)
        order by m.figure, m.year, m.school_id, m.stage, m.indicator_code
    """,
    "results": f"""
        select r.* from ({_PLACES}) as r {_OF_ASSESSMENT}
        order by {_BY_CODE.format("r.indicator_code")}, r.judged_at <> 'county', r.stage desc, r.school_id, r.grade,
            r.subject
    """,
    "evidence": f"""
        select e.* from marts.mart_indicator_evidence as e {_OF_ASSESSMENT}
        order by e.indicator_code, e.school_id, e.form, e.row, e.measure, e.file_name, e.sheet, e.cell
    """,
    "refused": f"""
        select o.county_code, o.source, o.year, o.path, o.received_at, o.message_zh, o.message_en
        from marts.mart_file_outcome as o {_OF_COUNTY} where o.is_open
        qualify row_number() over (partition by o.receipt order by o.step) = 1
        order by o.receipt desc
    """,
    "files": f"""
        select county_code, source, count(distinct path) as files, max(received_at) as last_received_at,
            count(distinct path) filter (is_open) as refused
        from marts.mart_file_outcome {_OF_COUNTY} group by all order by source
    """,
    "set_aside": f"""
        select q.* from marts.mart_quarantine as q {_OF_COUNTY}
        order by q.severity, q.check_id, q.year desc, q.file_name, q.cell
    """,
    "groups": f"""
        select g.* from marts.mart_group_progress as g {_OF_COUNTY}
        qualify g.census_year = max(g.census_year) over (partition by g.county_code) order by g.group_name
    """,
    "reviews": f"select m.* from marts.mart_review as m {_OF_COUNTY} order by m.assessment_year desc, m.held_on",
    "printed": f"""
        select m.* from marts.mart_printed_context as m {_OF_ASSESSMENT} order by m.indicator_code, m.metric, m.year
    """,
}


def gather(connection: duckdb.DuckDBPyConnection, counties: Sequence[str]) -> dict[str, Facts]:
    """Return county → section → rows, for those of the counties that are assessed.

    Args:
        connection: the published warehouse.
        counties: their codes.
    """
    connection.execute(_CHOSEN, {"counties": list(counties)})
    facts: dict[str, Facts] = {
        county: defaultdict(list) for (county,) in connection.execute("select county_code from chosen").fetchall()
    }
    for section, sql in SECTIONS.items():
        result = connection.execute(sql)
        names = [column[0] for column in result.description]
        position = names.index("county_code")
        for row in result.fetchall():
            facts[row[position]][section].append(dict(zip(names, row, strict=True)))
    return facts


def indicators(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Return the indicators in the standard's order, each with the thresholds of every standard in ``thresholds``."""
    rows = _rows(connection, f"from marts.dim_indicator order by {_BY_CODE.format('indicator_code')}")
    thresholds = _rows(
        connection,
        "from marts.dim_standard where part is null order by indicator_code, stage desc, school_type_group, "
        "valid_from_year",
    )
    for row in rows:
        row["thresholds"] = [t for t in thresholds if t["indicator_code"] == row["indicator_code"]]
    return rows


def notice_days(connection: duckdb.DuckDBPyConnection) -> int:
    """Return after how many days without progress a gap asks for a notice."""
    sql = "select min(value) from seeds.parameters where parameter = 'notice_after_days'"
    return int(connection.execute(sql).fetchall()[0][0])


def parts(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Return what R-indicators are made of: a row per indicator, stage and signed measure."""
    return _rows(connection, "from seeds.indicator_measures order by indicator_code, stage, measure")


def parameters(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Return the rules' parameters, with the years in which they hold."""
    return _rows(connection, "from seeds.parameters")


def measures(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, str]]:
    """Return measure → its names in Chinese and in English."""
    return {row["measure"]: (row["name_zh"], row["name_en"]) for row in _rows(connection, "from seeds.measures")}


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    result = connection.execute(sql)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
