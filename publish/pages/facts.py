"""What a county's page tells, from the marts: one query a section for all counties asked for, rows by county."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import duckdb

from extract.common.sql import quote_texts
from publish.changeable import FIGURES
from publish.query import of_counties, rows_of

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


def _of_census(table: str, alias: str = "m", schema: str = "marts") -> str:
    """Return the SQL of a table's rows of each county's census; codes and years stand in it: views find them so."""
    rows = f"(from {schema}.{table} where $HERE and census_year in $YEARS) as {alias}"
    return f"{rows} inner join chosen using (county_code, census_year)"


def _of_assessment(table: str, alias: str = "m") -> str:
    """Return the SQL of a table's rows of each county's assessment."""
    return f"(from marts.{table} where $HERE) as {alias} inner join chosen using (county_code, assessment_year)"


def _of_county(table: str, alias: str = "m") -> str:
    """Return the SQL of all of a table's rows of each county."""
    return f"(from marts.{table} where $HERE) as {alias} inner join chosen using (county_code)"


# The order of 34 codes: R1 … S1, G11a before G11b.
_BY_CODE = "array_position(['R', 'G', 'Q', 'S'], {0}[1]), cast(regexp_extract({0}, '[0-9]+') as integer), {0}"

SECTIONS = {
    "county": f"""
        select d.*, assessment_year, census_year, f.received_at
        from {_of_county("dim_county", "d")}
        left join (
            select county_code, max(received_at) as received_at from marts.mart_file_outcome where $HERE group by all
        ) as f using (county_code)
    """,
    "scorecards": f"""
        select c.* from {_of_county("mart_county_scorecard", "c")} order by c.assessment_year
    """,
    "schools": f"""
        select m.*, g.groups
        from {_of_census("mart_school_compliance")}
        left join (
            select county_code, school_id, census_year,
                string_agg(distinct group_name, '、' order by group_name) as groups
            from {_of_county("dim_school_group")}
            where census_year between valid_from_year and coalesce(valid_to_year, 9999)
            group by all
        ) as g using (county_code, school_id, census_year)
        order by m.verdict = 'pass', m.verdict <> 'fail', m.indicators_below_floor desc, m.indicators_met, m.school_id,
            m.stage desc
    """,
    "values": f"""
        select m.* from {_of_census("mart_resource_allocation")}
        order by m.school_id, m.stage desc, m.indicator_code
    """,
    "steps": f"""
        select m.* from {_of_census("mart_school_least_step")}
        order by m.school_id, m.stage desc, m.indicator_code
    """,
    "out_of_scope": f"""
        select m.* from {_of_census("mart_school_out_of_scope")}
        order by m.school_id
    """,
    "coefficients": f"""
        select m.* from {_of_census("mart_resource_balance")} order by m.stage desc, m.indicator_code
    """,
    "contributions": f"""
        select m.* from {_of_census("mart_resource_contribution")}
        where m.share_of_variance is not null order by m.stage desc, m.indicator_code, m.rank, m.school_id
    """,
    "components": f"""
        select m.* from {_of_census("mart_indicator_component")}
        order by m.school_id, m.stage desc, m.indicator_code, m.member_school_id, m.sign desc, m.measure,
            m.measure_stage
    """,
    "pupils": f"""
        select m.county_code, m.school_id, m.stage, m.value, m.file_name, m.sheet, m.cell
        from {_of_census("mart_lineage")}
        where m.measure = 'pupils'
        order by m.school_id, m.stage desc, m.file_name, m.sheet, m.cell
    """,
    "figures": f"""
        select m.county_code, m.school_id, m.stage, m.measure, m.value
        from ({FIGURES}) as m inner join chosen using (county_code, census_year)
        order by m.school_id, m.stage, m.measure
    """,
    "class_parts": f"""
        select m.county_code, m.member_school_id, m.stage, m.classes, m.at_least, m.at_most, m.lower_bound,
            m.bins_upper_bound
        from {_of_census("int_class_parts", schema="intermediate")} order by m.member_school_id, m.stage
    """,
    "rooms": f"""
        select m.county_code, m.school_id, m.room_use, m.room_area_m2, m.rooms, m.is_row_set_aside
        from {_of_census("int_room_register", schema="intermediate")} order by all
    """,
    # How large a room must be, and how large where a concession that is switched on eases it: for all of a school, or
    # while its largest class is small.
    "room_rules": f"""
        select m.county_code, m.school_id, m.part, s.threshold as area_m2,
            list([c.rural_largest_class_under, c.threshold] order by c.threshold, c.rural_largest_class_under)
                filter (c.threshold is not null) as eased
        from {_of_census("int_rooms", schema="intermediate")}
        inner join intermediate.int_county_standards as v using (county_code, census_year)
        inner join seeds.standards as s
            on v.standard_version = s.standard_version and s.indicator_code = 'G3' and m.part = s.part
            and census_year between s.valid_from_year and coalesce(s.valid_to_year, 9999)
        inner join intermediate.int_scope_schools as o
            on census_year = o.census_year and m.county_code = o.county_code and m.school_id = o.school_id
            and o.indicator_code = 'G3'
        left join seeds.parameters as p
            on p.value = 1 and census_year between p.valid_from_year and coalesce(p.valid_to_year, 9999)
            and p.parameter in (select parameter from seeds.concessions where indicator_code = 'G3')
        left join seeds.concessions as c
            on c.indicator_code = 'G3' and p.parameter = c.parameter and m.part = c.part
            and c.stage in ('all', case when o.has_primary then 'primary' else 'junior' end)
            and (c.built_by_year is null or o.year_built <= c.built_by_year)
            and (c.rural_largest_class_under is null or o.urban_rural = 'rural')
        group by all
        order by m.school_id, m.part
    """,
    "members": f"""
        select m.county_code, m.member_school_id, m.school_id, m.is_unresolved, r.school_name, r.counts_as_school,
            coalesce(r.run_by = 'private', false) as is_private, t.is_point, r.missing_reason is not null as is_missing
        from {_of_census("int_school_members", schema="intermediate")}
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
        from {_of_county("mart_gap_ledger", "g")}
        left join staging.stg_published_documents as d on g.document = d.document
        where g.closed_on is null
        order by g.status <> 'overdue', g.due_date nulls last, {_BY_CODE.format("g.indicator_code")}, g.school_id,
            g.stage, g.school_name, g.subject
    """,
    "closed_gaps": f"""
        select g.* from {_of_county("mart_gap_ledger", "g")} where g.closed_on is not null
        order by g.closed_on desc, {_BY_CODE.format("g.indicator_code")}, g.school_id, g.stage, g.school_name, g.subject
    """,
    "plans": f"""
        select m.* from {_of_census("mart_plan")} order by m.scenario <> 'target_year'
    """,
    "plan_steps": f"""
        select m.* from {_of_census("mart_plan_step")} order by m.scenario <> 'target_year', m.step_number
    """,
    "plan_pupils": f"""
        select m.* from {_of_census("mart_plan_pupils")} order by m.school_id, m.stage
    """,
    "targets": f"""
        select t.*, m.indicator_code, coalesce(d.title, t.document) as document_title
        from {_of_county("mart_target_progress", "t")}
        left join seeds.target_metrics as m on t.metric = m.metric
        left join staging.stg_published_documents as d on t.document = d.document
        order by t.target_year, t.group_name, t.metric, t.census_year
    """,
    "changes": f"""
        select m.* from {_of_census("mart_year_over_year")} order by m.stage desc, m.indicator_code
    """,
    "changed_by": f"""
        select m.* from {_of_census("mart_coefficient_change")}
        where m.contribution is not null
        qualify row_number() over (partition by county_code, stage, indicator_code
            order by abs(m.contribution) desc, m.school_id) <= 3
        order by m.stage desc, m.indicator_code, abs(m.contribution) desc, m.school_id
    """,
    "restated": f"""
        select m.* from {_of_county("mart_restatement")}
        where m.is_flip
        qualify m.restated_at = max(m.restated_at) over (partition by m.county_code)
        order by m.figure, m.year, m.school_id, m.stage, m.indicator_code
    """,
    "results": f"""
        select r.* from (from ({_PLACES}) where $HERE) as r inner join chosen using (county_code, assessment_year)
        order by {_BY_CODE.format("r.indicator_code")}, r.judged_at <> 'county', r.stage desc, r.school_id, r.grade,
            r.subject
    """,
    "evidence": f"""
        select e.* from {_of_assessment("mart_indicator_evidence", "e")}
        order by e.indicator_code, e.school_id, e.form, e.row, e.measure, e.file_name, e.sheet, e.cell
    """,
    "refused": f"""
        select o.county_code, o.source, o.year, o.path, o.received_at, o.message_zh, o.message_en
        from {_of_county("mart_file_outcome", "o")} where o.is_open
        qualify row_number() over (partition by o.receipt order by o.step) = 1
        order by o.receipt desc
    """,
    "files": f"""
        select county_code, source, count(distinct path) as files, max(received_at) as last_received_at,
            count(distinct path) filter (is_open) as refused
        from {_of_county("mart_file_outcome")} group by all order by source
    """,
    "set_aside": f"""
        select q.* from {_of_county("mart_quarantine", "q")}
        order by q.severity, q.check_id, q.year desc, q.file_name, q.cell
    """,
    "groups": f"""
        select g.* from {_of_county("mart_group_progress", "g")}
        qualify g.census_year = max(g.census_year) over (partition by g.county_code) order by g.group_name
    """,
    "reviews": f"select m.* from {_of_county('mart_review')} where "
    "m.review_verdict is not null or m.assessment_year = chosen.assessment_year "
    "order by m.assessment_year desc, m.due_on nulls last, m.review_level",
    "printed": f"""
        select m.* from {_of_assessment("mart_printed_context")} order by m.indicator_code, m.metric, m.year
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
    years = connection.execute("select distinct census_year from chosen order by 1").fetchall()
    if not facts:
        return facts
    here = of_counties(facts)
    for section, sql in SECTIONS.items():
        asked = sql.replace("$HERE", here)
        result = connection.execute(asked.replace("$YEARS", quote_texts(year for (year,) in years)))
        names = [column[0] for column in result.description]
        position = names.index("county_code")
        for row in result.fetchall():
            facts[row[position]][section].append(dict(zip(names, row, strict=True)))
    return facts


def indicators(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Return the indicators in the standard's order, each with the thresholds of every standard in ``thresholds``."""
    rows = rows_of(connection)(f"from marts.dim_indicator order by {_BY_CODE.format('indicator_code')}")
    thresholds = rows_of(connection)(
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
    return rows_of(connection)("from seeds.indicator_measures order by indicator_code, stage, measure")


def class_bins(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Return the sizes of classes that the census counts."""
    return rows_of(connection)("from seeds.class_bins order by smallest_class")


def parameters(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Return the rules' parameters, with the years in which they hold."""
    return rows_of(connection)("from seeds.parameters")


def measures(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, str]]:
    """Return measure → its names in Chinese and in English."""
    return {row["measure"]: (row["name_zh"], row["name_en"]) for row in rows_of(connection)("from seeds.measures")}
