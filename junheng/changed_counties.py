"""Which counties tonight's inputs change against the run that is published: only they are checked and computed again.

A county's figures follow from its own deliveries, from what other counties say of its schools, and from what
concerns every county: the rules, the census years, the published documents, the year of the last receipt.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from extract.common.atomic import replacing

if TYPE_CHECKING:
    import duckdb

_EVERY_COUNTY = "*"
# Rows are fingerprinted one by one and added up, so their order does not matter.
_INPUTS = """
    with by_county as (
        select county_code, hash(d) as fingerprint from deliveries as d where source <> 'published'
        union all
        select named_county_code, hash(d) from deliveries as d where source = ''
        union all
        select county_code, hash(s) from superseded_schools as s
        union all
        select county_code, hash(n) from new_counties as n
        union all
        select county_code, hash(c) from contested_census as c
        union all
        select d.county_code, hash(k) from corrected_rows as k inner join deliveries as d using (file_sha256)
        union all
        select $every, hash(d) from deliveries as d where source = 'published'
        union all
        select distinct $every, hash(year) from deliveries
        where source = 'census' and status <> 'withdrawn' and county_code <> ''
        union all
        -- A county once recognised is told of up to the year of the last receipt.
        select $every, hash(extract(year from max(known_at))) from ledger
        union all
        select $every, hash($rules)
    )
    select county_code, cast(sum(fingerprint) as varchar) as fingerprint from by_county
    group by county_code order by county_code
"""
_CHANGED = """
    select coalesce(t.county_code, b.county_code) as county_code
    from inputs as t full join read_parquet($before) as b using (county_code)
    where t.fingerprint is distinct from b.fingerprint
    order by county_code
"""


def compare(connection: "duckdb.DuckDBPyConnection", run: Path, base: Path | None, rules: str) -> Path | None:
    """Leave the counties to do tonight in table ``changed_counties`` and beside it in the run's folder.

    Args:
        connection: tables ``deliveries``, ``superseded_schools``, ``new_counties``, ``corrected_rows``,
            ``contested_census``, ``ledger``.
        run: folder of tonight's run; receives ``inputs.parquet`` and ``changed_counties.parquet``.
        base: folder of the run that is published, if any can be built upon.
        rules: digest of everything but deliveries that makes a warehouse.

    Returns:
        The base, or None where every county is to do: no base, other rules, or most counties changed.
    """
    connection.execute(f"create or replace table inputs as {_INPUTS}", {"every": _EVERY_COUNTY, "rules": rules})
    if base:
        connection.execute(
            f"create or replace table changed_counties as {_CHANGED}", {"before": str(base / "inputs.parquet")}
        )
        counties = {county for (county,) in connection.execute("from changed_counties").fetchall()}
        total = connection.execute("select count(*) from inputs").fetchall()[0][0]
        if _EVERY_COUNTY in counties or len(counties) > total / 2:
            base = None
    if not base:
        connection.execute("create or replace table changed_counties as select county_code from inputs")
    for name in ("inputs", "changed_counties"):
        with replacing(run / f"{name}.parquet") as path:
            pq.write_table(connection.sql(f"from {name}").to_arrow_table(), path)
    return base


def read(run: Path) -> list[str]:
    """Return the counties that a run does, as ``compare`` left them in its folder."""
    return pq.read_table(run / "changed_counties.parquet")["county_code"].to_pylist()
