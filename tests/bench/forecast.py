"""How the trend forecast of targets does against two simpler guesses, on made-up counties. Prints Markdown.

Each county has targets for 2025 on its coefficients and shares of schools, and five censuses. What the view
``mart_target_progress`` forecast at each earlier year is held against the figure of 2025; beside it what "as last
year" and "as last year's change goes on" would have said.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

from extract.common.seeds import seed
from extract.definitions.forms import load_form
from junheng import synthetic

_YEARS = [2021, 2022, 2023, 2024, 2025]
_SQL = """
    with rows as (
        select county_code, metric, census_year, value, change_yoy, forecast, forecast_low, forecast_high,
            case when metric like 'cv_%' then 'coefficients' else 'shares of schools (%)' end as what,
            max(case when census_year = 2025 then value end) over (partition by county_code, metric) as outcome
        from marts.mart_target_progress
    )
    select what, 2025 - census_year, count(*), avg(abs(value - outcome)),
        avg(abs(value + change_yoy * (2025 - census_year) - outcome)),
        avg(abs(forecast - outcome)), avg(case when outcome between forecast_low and forecast_high then 100.0
            when forecast_low is not null then 0.0 end)
    from rows where census_year < 2025 and forecast is not null and change_yoy is not null and outcome is not null
    group by all order by 1, 2 desc
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counties", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        landing = Path(folder) / "landing"
        counties = synthetic.nation(options.counties, options.counties * 71, "csv", 5)
        synthetic.write_nation(landing, counties, _YEARS, 5, os.cpu_count() or 1, lambda _: None)
        for county in counties:
            write_targets(landing, county.code)
        done = subprocess.run(
            [str(Path(sys.executable).with_name("junheng")), "refresh"],
            env={**os.environ, "JUNHENG_HOME": folder},
            capture_output=True,
            text=True,
        )
        if done.returncode not in (0, 3):
            raise RuntimeError(done.stderr)
        with duckdb.connect(str(Path(folder) / "published" / "junheng.duckdb"), read_only=True) as connection:
            rows = connection.execute(_SQL).fetchall()
    print(
        "| metric | years ahead | forecasts | as last year | last change goes on | straight line | within the 95 "
        "% interval |\n|---|---:|---:|---:|---:|---:|---:|"
    )
    for what, ahead, count, naive, drift, line, covered in rows:
        print(
            f"| {what} | {ahead} | {count} | {naive:.4f} | {drift:.4f} | {line:.4f} | "
            f"{'—' if covered is None else f'{covered:.0f} %'} |"
        )


def write_targets(landing: Path, county: str) -> None:
    """Deliver one target for 2025 on every coefficient and share of schools."""
    declared = load_form("targets", _YEARS[0])
    path = landing / "targets" / str(_YEARS[0]) / county / "合成目标.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out)
        lines.writerow([field.column for field in declared.fields])
        for metric in seed("target_metrics"):
            if metric["how"] in ("coefficient", "schools_meeting_indicator", "schools_meeting_standard"):
                row = {
                    "target_metric": metric["metric"],
                    "goal_year": 2025,
                    "goal_value": 100 if metric["unit"] else 0.5,
                    "goal_direction": "至少" if metric["unit"] else "至多",
                    "target_document": "合成",
                }
                lines.writerow([row.get(field.measure) for field in declared.fields])


if __name__ == "__main__":
    main()
