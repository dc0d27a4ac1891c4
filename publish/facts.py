"""What is published, as plain facts: what was refused and set aside, each county's verdict, each content's standing."""

from pathlib import Path

import duckdb

from publish import words

OPEN_REFUSALS = """
    select o.* from marts.mart_file_outcome as o
    where o.is_open
    qualify row_number() over (partition by o.county_code, o.receipt order by o.step) = 1
"""
_VERDICTS_NOW = f"""
    select county_code, d.name_zh, assessment_year, verdict, {", ".join(words.DIMENSIONS)}, veto_verdict
    from marts.mart_county_scorecard inner join marts.dim_county as d using (county_code)
    qualify assessment_year = max(assessment_year) over (partition by county_code) order by county_code
"""
_STATUS_OF_CONTENTS = """
    select file_sha256, arg_max(status, (received_at, county_code, receipt, step = 'validate'))
    from marts.mart_file_outcome where step <> 'receive' group by file_sha256
"""
COUNTS = f"""
    select
        (select count(*) from ({OPEN_REFUSALS})),
        (select count(distinct (file_sha256, county_code, cell, school_id)) from marts.mart_quarantine
            where severity = 'quarantine'),
        (select count(*) from marts.mart_quarantine where severity = 'warn')
"""


def count_problems(warehouse: Path) -> tuple[int, int, int]:
    """Return (files refused, values or rows set aside, warnings) that still stand in the published warehouse."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(COUNTS).fetchall()[0]


def as_facts(warehouse: Path) -> dict[str, object]:
    """Return what is published as plain facts: the run, what was refused, set aside and warned of, each county's
    verdict.
    """
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        refused, set_aside, warned = connection.execute(COUNTS).fetchall()[0]
        open_refusals = (
            connection.sql(f"select path, reason, message_zh, message_en from ({OPEN_REFUSALS}) order by path")
            .to_arrow_table()
            .to_pylist()
        )
        counties = connection.sql(_VERDICTS_NOW).to_arrow_table().to_pylist()
        (run,) = connection.execute("select run_id from main.published_run").fetchall()[0]
    return {
        "warehouse": str(warehouse),
        "run": run,
        "files_refused": refused,
        "values_or_rows_set_aside": set_aside,
        "warnings": warned,
        "refusals": open_refusals,
        "counties": counties,
    }


def status_of_contents(warehouse: Path) -> dict[str, str]:
    """Return what became of each content in the published warehouse, by sha256, in words."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return {sha: words.file_status(status) for sha, status in connection.execute(_STATUS_OF_CONTENTS).fetchall()}
