"""The batch that a suite looks at: one row per school (or list line), one column per check."""

from typing import TYPE_CHECKING

from expectations.check import Check
from expectations.suite import TOKEN, load
from extract.common.seeds import seed_path
from extract.definitions.forms import is_cumulative, measures_of_source

if TYPE_CHECKING:
    import duckdb

PROBLEMS = (
    "not_a_number",
    "two_figures",
    "negative",
    "not_whole",
    "out_of_range",
    "error_value",
    "formula_without_value",
    "merged_cell",
    "not_a_date",
    "word_not_known",
    "digits_lost",
)


ROW_KEY = "concat_ws('|', county_code, year, file_sha256, row)"


def find_contested(connection: "duckdb.DuckDBPyConnection") -> None:
    """Create table ``contested_census``: school × year × county where more than one county reports the school.

    Expects the bronze views and the tables ``deliveries`` and ``superseded_schools``. Leaves view ``census_in_force``:
    the lines of census files in force, each with its file's county and receipt, and why another delivery is used for
    its school, if one is.
    """
    connection.execute("""
        create or replace temp view census_in_force as
        select l.*, f.county_code, f.seq, s.reason as superseded_reason
        from census_lines as l
        inner join deliveries as f on f.source = 'census' and f.status = 'in_force' and l.year = f.year
            and l.file_sha256 = f.file_sha256
        left join superseded_schools as s
            on f.year = s.year and f.county_code = s.county_code and f.file_sha256 = s.file_sha256
                and l."all.school_id" = s.school_id
        where l.kind = 'data'
    """)
    connection.execute("""
        create or replace table contested_census as
        with claims as (
            select "all.school_id", year, county_code, seq from census_in_force where superseded_reason is null
        ),
        contested as (
            select "all.school_id", year from claims group by all having min(county_code) <> max(county_code)
        ),
        by_county as (
            select "all.school_id", year, county_code, min(seq) as seq
            from claims inner join contested using ("all.school_id", year)
            group by all
        )
        select *, row_number() over (partition by "all.school_id", year order by seq) - 1 as other_counties
        from by_county
    """)


def find_sizes(connection: "duckdb.DuckDBPyConnection") -> None:
    """Create table ``school_sizes``: pupils of each school of the changed counties in each census."""
    pupils = " + ".join(f'coalesce("{stage}.pupils", 0)' for stage in ("primary", "junior", "senior"))
    connection.execute(f"""
        create or replace temp table school_sizes as
        select year, county_code, "all.school_id" as school_id, nullif(max({pupils}), 0) as pupils
        from census_in_force
        where "all.school_id" is not null and county_code in (from changed_counties)
        group by all
    """)


def load_seeds(connection: "duckdb.DuckDBPyConnection") -> None:
    """Create the tables of the rules that checks look into; materialised, so that DuckDB sees their size."""
    for seed in ("school_types", "attested_items", "attested_answers", "target_metrics", "indicators", "growth_checks"):
        connection.execute(
            f"create or replace temp table {seed} as from read_csv(?, header = true)", [str(seed_path(seed))]
        )


def find_listed_schools(connection: "duckdb.DuckDBPyConnection") -> None:
    """Create table ``listed_schools``: every school of the changed counties that any census or change of schools on
    record names.
    """
    connection.execute("""
        create or replace temp table listed_schools as
        select distinct f.county_code, l."all.school_id" as school_id, l."all.school_name" as school_name
        from (
            select source, year, file_sha256, kind, "all.school_id", "all.school_name" from census_lines
            union all
            select source, year, file_sha256, kind, "all.school_id", "all.school_name" from school_changes_lines
        ) as l
        inner join deliveries as f using (source, year, file_sha256)
        where f.status in ('in_force', 'replaced') and l.kind = 'data' and l."all.school_id" is not null
            and f.county_code in (from changed_counties)
    """)


def _find_unlisted(connection: "duckdb.DuckDBPyConnection", source: str) -> None:
    """Create table ``unlisted_schools``: the schools that a source's current files name and no census does, with the
    one that is likely meant.

    Of a county without any census nothing can be said; a census lists the schools that it names itself.
    """
    connection.execute(f"""
        create or replace temp table unlisted_schools as
        with named as (
            select distinct f.county_code, {_own(source, "all", "school_id")} as school_id,
                {_own(source, "all", "school_name")} as school_name
            from {source}_lines as l inner join current_files as f using (year, file_sha256)
            where {source != "census"} and l.kind = 'data'
                and regexp_full_match({_own(source, "all", "school_id")}, '[0-9]{{10}}')
        )
        select n.county_code, n.school_id,
            min_by(l.school_name || ' ' || l.school_id, levenshtein(l.school_id, n.school_id) + case
                when l.school_name = n.school_name then 0 else 0.5 end)
                filter (l.school_name = n.school_name or levenshtein(l.school_id, n.school_id) <= 2) as likely_school
        from named as n
        inner join listed_schools as l using (county_code)
        where not exists (from listed_schools as k where k.county_code = n.county_code and k.school_id = n.school_id)
        group by n.county_code, n.school_id
    """)


def build_rows(connection: "duckdb.DuckDBPyConnection", source: str) -> None:
    """Create view ``validation_rows_<source>``: one row per data row of every readable delivery of the changed
    counties, beside the same school's line of last year.

    Expects the bronze views, the seeds, and the tables ``deliveries``, ``superseded_schools``, ``changed_counties``,
    ``contested_census`` and ``school_sizes``. A content delivered to two counties counts once for each.
    """
    tokens = {
        m.groups() for c in load(source) for sql in (c.difference, c.found, c.expected) for m in TOKEN.finditer(sql)
    }
    own = sorted({(stage, measure) for _, stage, measure in tokens} | {("all", "school_id"), ("all", "school_type")})
    columns = ", ".join(f'{_own(source, *key)} as "{".".join(key)}"' for key in own)
    # How many pupils a school has: its own line says it, or its census of the same year.
    of_stages = " + ".join(f'coalesce(l."{stage}.pupils", 0)' for stage in ("primary", "junior", "senior"))
    pupils = f"nullif({of_stages}, 0)" if source == "census" else "z.pupils"
    size = (
        ""
        if source == "census"
        else "left join school_sizes as z on f.county_code = z.county_code and l.year = z.year and "
        f"{_own(source, 'all', 'school_id')} = z.school_id"
    )
    counts = ", ".join(f"count(*) filter (problem = '{p}') as \"problem.{p}\"" for p in PROBLEMS)
    counted = ", ".join(f'coalesce(q."problem.{p}", 0) as "problem.{p}"' for p in PROBLEMS)
    connection.execute(f"""
        create or replace temp table current_files as
        select source, year, county_code, file_sha256, form, min(seq) as seq, bool_or(status = 'in_force') as is_current
        from deliveries
        where source = '{source}' and status in ('in_force', 'replaced') and county_code in (from changed_counties)
        group by all
    """)
    connection.execute(f"""
        create or replace temp table twins as
        select t.*, l.year, min(l.row) as first_row
        from (
            select county_code, file_sha256, min(year) as first_year
            from deliveries where source = '{source}' and status in ('in_force', 'replaced')
                and {not is_cumulative(source)}
            group by county_code, file_sha256 having count(distinct year) > 1
        ) as t
        inner join {source}_lines as l using (file_sha256)
        where l.kind = 'data'
        group by all
    """)
    _find_unlisted(connection, source)
    # Counted by themselves: a window would carry every column of a nation's lines along.
    connection.execute(f"""
        create or replace temp table repeated as
        select year, file_sha256, {_own(source, "all", "school_id")} as school_id, count(*) as lines
        from {source}_lines as l
        where kind = 'data' and {_own(source, "all", "school_id")} is not null
            and file_sha256 in (select file_sha256 from current_files)
        group by all having count(*) > 1
    """)
    connection.execute(f"""
        create or replace temp table problems as
        select source, year, file_sha256, row, {counts} from cell_issues
        where source = '{source}' and problem is not null group by all
    """)
    connection.execute(f"""
        create or replace table own_rows_{source} as
        select
            f.county_code, f.form, case when '{source}' = 'census' then ''
                else f.form end as form_family, f.seq, f.is_current, l.year, l.file_sha256, l.row, {columns}, {counted},
                {pupils} as size_pupils,
            f.is_current and s.reason is null as is_authoritative,
            case when s.reason <> 'replaced' then s.reason end as contradiction,
            t.has_primary, t.has_junior, t.has_senior, t.in_resource_scope,
            case when l.row = b.first_row then nullif(b.first_year, l.year) end as twin_year,
            case when u.school_id is not null then 1
                when {_own(source, "all", "school_id")} is not null
                and f.county_code in (select county_code from listed_schools) then 0 end as is_unlisted_school,
            u.likely_school,
            case when {_own(source, "all", "school_id")} is null then 0 else coalesce(n.lines, 1) end as lines_of_school
        from {source}_lines as l
        inner join current_files as f using (year, file_sha256)
        left join problems as q using (year, file_sha256, row)
        left join superseded_schools as s
            on f.year = s.year and f.county_code = s.county_code and f.file_sha256 = s.file_sha256
                and {_own(source, "all", "school_id")} = s.school_id
        left join repeated as n on l.year = n.year and l.file_sha256 = n.file_sha256
            and {_own(source, "all", "school_id")} = n.school_id
        left join school_types as t on {_own(source, "all", "school_type")} = t.school_type
        left join twins as b on f.county_code = b.county_code and l.year = b.year and l.file_sha256 = b.file_sha256
        left join unlisted_schools as u on f.county_code = u.county_code
            and {_own(source, "all", "school_id")} = u.school_id
        {size}
        where l.kind = 'data'
    """)
    previous = [f"{stage}.{measure}" for is_previous, stage, measure in sorted(tokens, key=str) if is_previous]
    kept = "".join(f', "{name}" as "previous.{name}"' for name in previous)
    connection.execute(f"""
        create or replace table last_year_{source} as
        select year + 1 as next_year, county_code, form_family as form, coalesce("all.school_id", '') as school {kept}
        from own_rows_{source}
        where is_authoritative qualify row_number() over (partition by year, county_code, form_family,
            coalesce("all.school_id", '') order by seq) = 1
    """)
    former = _former_codes(connection) if source == "census" else "null"
    connection.execute(f"""
        create or replace view validation_rows_{source} as
        select w.*, {former} as former_school_id, p.* exclude (next_year, county_code, form, school), case
            when w.is_authoritative then coalesce(o.other_counties, 0) else 0 end as other_counties
        from own_rows_{source} as w
        left join last_year_{source} as p
            on coalesce(w."all.school_id", '') = p.school and w.form_family = p.form and w.county_code = p.county_code
                and w.year = p.next_year
        left join contested_census as o
            on w."all.school_id" = o."all.school_id" and w.county_code = o.county_code and w.year = o.year
    """)


def _former_codes(connection: "duckdb.DuckDBPyConnection") -> str:
    """Create table ``former_codes``: new school codes whose name another school bore in the last census, which has not
    come this year.

    A school that is on record as opened or closed has changed with words. Returns SQL for the former code of a row
    ``w``.
    """
    connection.execute("""
        create or replace temp table former_codes as
        with schools as (
            select distinct year, county_code, "all.school_id" as school_id, "all.school_name" as school_name
            from own_rows_census
            where is_authoritative and "all.school_id" is not null and "all.school_name" is not null
        ),
        changed as (
            select l."all.school_id" as school_id from school_changes_lines as l inner
                join deliveries as d using (year, file_sha256)
            where d.source = 'school_changes' and d.status = 'in_force' and l.kind = 'data'
        )
        select n.year, n.county_code, n.school_id, min(o.school_id) as former_school_id
        from schools as n
        inner join schools as o on n.year = o.year + 1 and n.county_code = o.county_code
            and n.school_name = o.school_name and n.school_id <> o.school_id
        where not exists (from schools as s where s.year = n.year and s.county_code = n.county_code
            and s.school_id = o.school_id)
            and not exists (from schools as s
                where s.year = o.year and s.county_code = o.county_code and s.school_id = n.school_id)
            and n.school_id not in (from changed) and o.school_id not in (from changed)
        group by all
    """)
    return (
        "(select former_school_id from former_codes as c where c.year = w.year and c.county_code = w.county_code and "
        'c.school_id = w."all.school_id" and w.is_authoritative)'
    )


def build_batch(connection: "duckdb.DuckDBPyConnection", source: str) -> None:
    """Create ``batch_<source>``: county_code, form, year, row_key, and one difference per check, null where it does not
    apply.
    """
    differences = ", ".join(f'{_difference(check)} as "{check.id}"' for check in load(source))
    connection.execute(f"""
        create or replace table batch_{source} as
        select county_code, form, year, {ROW_KEY} as row_key, {differences}
        from validation_rows_{source}
    """)


def _difference(check: Check) -> str:
    difference = f"cast({_quoted(check.difference)} as double)"
    forms = ", ".join(f"'{form}'" for form in check.forms)
    return f"case when form in ({forms}) then {difference} end" if forms else difference


def breaches_sql(rows: str, check: Check) -> str:
    """Return SQL for what a row shows that breaches a check: county, file, row, found and expected.

    ``rows`` is ``validation_rows_<source>``, or a table of some of them.
    """
    number = "printf('%+.1f%%', x * 100)" if check.as_percent else "regexp_replace(printf('%.4f', x), '\\.?0+$', '')"

    def shown(sql: str) -> str:
        quoted = _quoted(sql)
        return (
            f"case when try_cast(({quoted}) as double) is null then cast(({quoted}) as varchar) else (select {number} "
            f"from (select try_cast(({quoted}) as double) as x)) end"
        )

    text = (
        f"cast(({_quoted(check.found)}) as varchar)"
        if "school_id" in check.found or check.found.endswith((".written", "_year")) or check.found == "contradiction"
        else shown(check.found)
    )
    return f"""
        select county_code, year, form, file_sha256, row, {_quoted(check.difference)} as difference, {text} as found,
            {shown(check.expected)} as expected
        from {rows}
    """


def _own(source: str, stage: str, measure: str) -> str:
    """Return a value of a line, null where the source has no such figure."""
    return (
        f'l."{stage}.{measure}"' if (stage, measure.removesuffix(".written")) in measures_of_source(source) else "null"
    )


def _quoted(sql: str) -> str:
    return TOKEN.sub(lambda m: f'"{m.group(0)}"', sql)
