"""One row per run × check × form × year × county: what was checked, what failed, who acts."""

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from extract.common.atomic import replacing
from extract.refusal import catalogue

if TYPE_CHECKING:
    import duckdb

RESULTS = pa.schema(
    [
        pa.field("run_number", pa.int32()),
        *[pa.field(n, pa.string()) for n in ("run_id", "check_id", "source", "form")],
        pa.field("year", pa.int32()),
        *[pa.field(n, pa.string()) for n in ("county_code", "severity")],
        pa.field("n_checked", pa.int32()),
        pa.field("n_failed", pa.int32()),
        *[pa.field(n, pa.string()) for n in ("who_acts", "message_zh", "message_en")],
    ]
)

_SQL = """
    with failed as (
        select source, form, year, county_code, check_id, count(*) as n_failed,
            min(concat_ws(' ', school_name, message_zh)) as message_zh,
                min(concat_ws(' ', school_name, message_en)) as message_en
        from findings_described group by all
    ),
    batches as (
        select c.source, c.form, c.year, c.county_code, c.check_id, c.severity, c.n_checked,
            coalesce(f.n_failed, 0) as n_failed, c.who_acts, f.message_zh, f.message_en
        from check_counts as c left join failed as f using (source, form, year, county_code, check_id)
    ),
    files as (
        select d.source, coalesce(d.form, '') as form, d.year, d.county_code, 'file_' || r.check_id as check_id,
            'block' as severity,
            count(*) as n_checked, count(*) filter (d.reason = r.check_id) as n_failed,
                any_value(r.who_acts) as who_acts,
            min(d.message_zh) filter (d.reason = r.check_id) as message_zh,
                min(d.message_en) filter (d.reason = r.check_id) as message_en
        from deliveries as d cross join refusals as r
        where d.status not in ('withdrawn', 'duplicate') and d.source <> ''
            and d.county_code in (from changed_counties)
        group by all
    ),
    current_files as (
        select distinct source, form, year, county_code, file_sha256 from deliveries
        where status in ('in_force', 'replaced') and county_code in (from changed_counties)
    ),
    undeclared as (
        select f.source, f.form, f.year, f.county_code, 'undeclared_part' as check_id, 'warn' as severity,
            count(distinct f.file_sha256) as n_checked, count(distinct i.name) as n_failed, 'maintainer' as who_acts,
            '忽略了未声明的表或列：' || string_agg(distinct i.name, '、' order by i.name) as message_zh,
            'Ignored, not declared: ' || string_agg(distinct i.name, ', ' order by i.name) as message_en
        from current_files as f left join ignored as i using (source, year, file_sha256)
        group by all
    ),
    counties as (
        select 'census' as source, f.form, f.year, f.county_code, 'county_is_known' as check_id, 'warn' as severity,
            count(*) as n_checked, count(n.county_code) as n_failed, 'county_office' as who_acts,
            any_value(
                '区划代码 ' || n.county_code || ' 与名称 ' || n.name_zh
                || ' 均未登记，已作为新县区接收；请在 counties 种子表中补一行。'
            ) as message_zh,
            any_value(
                'County ' || n.county_code || ' ' || n.name_zh
                || ' is not on record and was taken as new: add it to the counties seed.'
            ) as message_en
        from current_files as f left join new_counties as n using (county_code)
        where f.source = 'census' group by all
    )
    select cast($run_number as integer) as run_number, $run_id as run_id, check_id, source, form, year, county_code,
        severity,
        cast(n_checked as integer) as n_checked, cast(n_failed as integer) as n_failed, who_acts, message_zh, message_en
    from (from batches union all by name from files union all by name from undeclared union all by name from counties)
    where county_code in (from changed_counties)
"""
# Results are kept as they change: a run records what it found different from what was on record.
_NEW = """
    with on_record as (
        select * from read_parquet($log)
        where run_number < $run_number and county_code in (from changed_counties)
        qualify row_number() over (partition by check_id, source, form, year, county_code order by run_number desc) = 1
    )
    select t.* from tonight as t
    left join on_record as r
        on t.check_id = r.check_id and t.source = r.source and t.form = r.form and t.year = r.year
            and t.county_code = r.county_code
        and t.n_checked = r.n_checked and t.n_failed = r.n_failed and t.message_zh is not distinct from r.message_zh
    where r.run_number is null
    order by all
"""


def record(connection: "duckdb.DuckDBPyConnection", log: Path, run_id: str) -> None:
    """Write what this run's checks found anew into the append-only record (same run, same rows).

    Expects tables ``changed_counties``, ``findings_described`` and ``check_counts`` beside the settled deliveries.
    """
    words = catalogue()
    connection.register(
        "refusals", pa.table({"check_id": list(words), "who_acts": [w["who_acts"] for w in words.values()]})
    )
    number, path = _place(log, run_id)
    connection.execute(f"create or replace temp table tonight as {_SQL}", {"run_number": number, "run_id": run_id})
    table = (
        connection.sql(_NEW, params={"run_number": number, "log": (log / "*.parquet").as_posix()})
        .to_arrow_table()
        .cast(RESULTS)
    )
    with replacing(path) as partial:
        pq.write_table(table, partial, compression="zstd")


def _place(log: Path, run_id: str) -> tuple[int, Path]:
    """Return a run's number and its file in the record; the last run, done again, stays in its place."""
    start = log / "000000-start.parquet"  # so that there is always a file to read
    if not start.exists():
        with replacing(start) as path:
            pq.write_table(RESULTS.empty_table(), path)
    last = max(log.glob("*-*.parquet"))
    number = int(last.name.split("-")[0]) + (not last.stem.endswith(run_id))
    return number, log / f"{number:06d}-{run_id}.parquet"
