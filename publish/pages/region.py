"""A city's or province's page: its counties side by side, who is recognised of those due, and how they move."""

from collections.abc import Iterator

import duckdb

from extract.common.seeds import seed
from publish import words
from publish.pages.county import SYNTHETIC, shanghai_day
from publish.pages.rendering import render
from publish.query import rows_of

_PLACES = """
    select county_code, city_code from marts.dim_county
    where county_code in (select county_code from marts.mart_county_scorecard) order by county_code
"""
_COUNTIES = f"""
    with chosen as (
        select * from marts.mart_county_scorecard
        qualify row_number() over (partition by county_code order by (county_code, assessment_year - 1) in (
            select (county_code, census_year) from marts.mart_school_compliance
        ) desc, assessment_year desc) = 1
    ),
    schools as (
        select county_code, census_year, count(distinct school_id) as schools,
            count(*) filter (verdict = 'pass') as passed, count(*) filter (verdict = 'fail') as failed,
            count(*) filter (verdict = 'no_data') as unknown
        from marts.mart_school_compliance group by all
    ),
    coefficients as (
        select county_code, census_year, count(*) filter (verdict = 'fail') as over_limit
        from marts.mart_resource_balance group by all
    ),
    received as (
        select county_code, max(received_at) as received_at from marts.mart_file_outcome group by all
    ),
    gaps as (
        select county_code, count(*) as gaps, count(*) filter (status = 'overdue') as overdue
        from marts.mart_gap_ledger where closed_on is null group by all
    ),
    goals as (
        select county_code, {", ".join(f"count(*) filter (status = '{s}') as goals_{s}" for s in words.TARGET_STATUSES)}
        from marts.mart_target_progress where is_latest group by all
    )
    select c.*, d.name_zh, d.name_en, d.city_code, d.city_zh, s.* exclude (county_code, census_year),
        o.over_limit, g.* exclude (county_code), t.* exclude (county_code),
        r.received_at
    from chosen as c
    inner join marts.dim_county as d using (county_code)
    left join schools as s on c.county_code = s.county_code and c.assessment_year - 1 = s.census_year
    left join coefficients as o on c.county_code = o.county_code and c.assessment_year - 1 = o.census_year
    left join received as r on c.county_code = r.county_code
    left join gaps as g on c.county_code = g.county_code
    left join goals as t on c.county_code = t.county_code
    order by c.verdict <> 'pass', c.indicators_passed desc, c.indicators_failed, c.county_code
"""
_YEARS = """
    select county_code, census_year, count(*) filter (verdict = 'pass') * 100.0 / count(*) as share
    from marts.mart_school_compliance group by all order by all
"""


def counties_of(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Return code of each city and province → its counties that are assessed, in order."""
    regions: dict[str, list[str]] = {}
    for county, city in connection.execute(_PLACES).fetchall():
        for code in filter(None, (city, f"{county[:2]}0000")):
            regions.setdefault(code, []).append(county)
    return regions


def pages(connection: duckdb.DuckDBPyConnection, codes: list[str]) -> Iterator[tuple[str, str]]:
    """Yield code and page of each of these cities and provinces."""
    rows = rows_of(connection)
    counties = rows(_COUNTIES)
    years: dict[str, list[tuple[int, float]]] = {}
    for county, year, share in connection.execute(_YEARS).fetchall():
        years.setdefault(county, []).append((year, share))
    recognition = {row["city_code"]: row for row in rows("from marts.mart_city_progress")}
    names = {f"{row['province_code']}0000": (row["name_zh"], row["name_en"]) for row in seed("provinces")}
    names |= {county["city_code"]: (county["city_zh"],) * 2 for county in counties}
    for code in codes:
        is_province = code.endswith("0000")
        of_region = [c for c in counties if code == (f"{c['county_code'][:2]}0000" if is_province else c["city_code"])]
        cities = sorted({county["city_code"] for county in of_region if county["city_code"]})
        yield (
            code,
            render(
                "region.html",
                {"years": [[county["name_zh"], years.get(county["county_code"], [])] for county in of_region]},
                code=code,
                name=names.get(code, (code, code)),
                is_province=is_province,
                is_synthetic=any(SYNTHETIC in (county["name_zh"] or "") for county in of_region),
                known_on=shanghai_day(max((c["received_at"] or "" for c in of_region), default="")),
                counties=of_region,
                cities=[
                    {"code": c, "name": names[c][0], "counties": [r for r in of_region if r["city_code"] == c]}
                    for c in cities
                ],
                recognition=[recognition[city] for city in cities if city in recognition],
                dimensions=list(words.DIMENSIONS),
            ),
        )
