"""The batch that a suite looks at: one row per school (or list line), one column per check."""

from typing import TYPE_CHECKING

from expectations.suite import TOKEN, Check, load
from extract.forms import NUMERIC_KINDS, SEEDS, measure_kinds

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

PROBLEMS = ("not_a_number", "negative", "not_whole", "out_of_range", "error_value", "formula_without_value", "word_not_known")


def build_rows(connection: "duckdb.DuckDBPyConnection", source: str) -> None:
    """Create table ``wide_<source>``: one row per data row of every readable delivery.

    Expects the bronze views and the tables ``deliveries`` and ``set_aside`` on the connection.
    A content delivered to two counties counts once for each.
    """
    wanted = sorted({m.groups()[1:] for c in load(source) for sql in (c.difference, c.found, c.expected) for m in TOKEN.finditer(sql)} | {("all", "school_id"), ("all", "school_type")})
    columns = ",\n".join(_column(stage, measure) for stage, measure in wanted)
    problems = ",\n".join(f"count(*) filter (c.problem = '{p}') as \"problem.{p}\"" for p in PROBLEMS)
    types = (SEEDS / "school_types.csv").as_posix().replace("'", "''")
    connection.execute(f"""
        create or replace table wide_{source} as
        with current_files as (
            select source, year, county_code, file_sha256, form, min(seq) as seq, bool_or(status = 'in_force') as is_current
            from deliveries
            where source = '{source}' and status in ('in_force', 'replaced')
            group by all
        ),
        pivoted as (
            select c.source, c.year, c.file_sha256, c.row, {columns}, {problems},
                any_value(c.raw_text) filter (c.measure = 'school_type') as raw_school_type,
                any_value(c.raw_text) filter (c.measure = 'counts_as_school') as raw_counts_as_school
            from cells as c
            inner join (select distinct source, year, file_sha256, row from rows where kind = 'data' and source = '{source}') as r
                using (source, year, file_sha256, row)
            left join places as p using (source, year, file_sha256, stage, measure)
            group by all
        )
        select
            f.county_code, f.form, f.seq, f.is_current, p.*,
            f.is_current and s.reason is null as speaks,
            case when s.reason <> 'replaced' then s.reason end as contradiction,
            t.has_primary, t.has_junior, t.has_senior, t.in_resource_scope
        from pivoted as p
        inner join current_files as f using (source, year, file_sha256)
        left join set_aside as s
            on f.year = s.year and f.county_code = s.county_code and f.file_sha256 = s.file_sha256 and p."all.school_id" = s.school_id
        left join read_csv('{types}', header = true) as t on p."all.school_type" = t.school_type
    """)


def build_batch(connection: "duckdb.DuckDBPyConnection", source: str, form: str, year: int) -> "pa.Table":
    """Return the batch of one form and year: ``row_key`` and one difference per check."""
    checks = [c for c in load(source) if c.applies_to(form)]
    differences = ", ".join(f'cast({_quoted(c.difference)} as double) as "{c.id}"' for c in checks)
    return connection.sql(f"""
        select county_code || '|' || file_sha256 || '|' || row as row_key, {differences}
        from ({_joined(source)}) where form = '{form}' and year = {year} order by 1
    """).to_arrow_table()


def breaches_sql(source: str, check: Check) -> str:
    """Return SQL for what a breached row shows: county, file, row, found and expected."""
    number = "printf('%+.1f%%', x * 100)" if check.as_percent else "regexp_replace(printf('%.4f', x), '\\.?0+$', '')"

    def shown(sql: str) -> str:
        quoted = _quoted(sql)
        return f"case when try_cast(({quoted}) as double) is null then cast(({quoted}) as varchar) else (select {number} from (select try_cast(({quoted}) as double) as x)) end"

    text = f"cast(({_quoted(check.found)}) as varchar)" if "school_id" in check.found or check.found.startswith("raw_") or check.found == "contradiction" else shown(check.found)
    return f"""
        select county_code, year, form, file_sha256, row, {_quoted(check.difference)} as difference, {text} as found, {shown(check.expected)} as expected
        from ({_joined(source)})
    """


def _column(stage: str, measure: str) -> str:
    mine = f"c.stage = '{stage}' and c.measure = '{measure}'"
    if measure_kinds()[measure] in NUMERIC_KINDS:
        return f"max(c.number * p.unit_factor) filter ({mine} and c.problem is null) as \"{stage}.{measure}\""
    return f"any_value(c.text) filter ({mine}) as \"{stage}.{measure}\""


def _joined(source: str) -> str:
    """Return every row beside the same school's last census, and other counties' claim on its code."""
    return f"""
        select w.*, columns(p.*) as 'previous.\\0',
            (
                select count(*) from wide_{source} as o
                where o."all.school_id" = w."all.school_id" and o.year = w.year and o.county_code <> w.county_code
                    and o.speaks and w.speaks and o.seq < w.seq
            ) as other_counties
        from wide_{source} as w
        left join (select * from wide_{source} where speaks qualify row_number() over (partition by year, county_code, "all.school_id" order by seq) = 1) as p
            on w."all.school_id" = p."all.school_id" and w.county_code = p.county_code and w.year = p.year + 1
    """


def _quoted(sql: str) -> str:
    return TOKEN.sub(lambda m: f'"{m.group(0)}"', sql)
