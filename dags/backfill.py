"""Past years, one after the other, each published before the next. Started by hand; begun again, it goes on where it
stopped.
"""

import datetime as dt
from typing import Any

import pendulum
from airflow.sdk import Param, dag, task

from extract.common.identifiers import COUNTY_CODE


@dag(
    schedule=None,
    start_date=pendulum.datetime(2025, 1, 1, tz="Asia/Shanghai"),
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args={"retries": 1, "retry_delay": dt.timedelta(minutes=1)},
    params={
        "years": Param("2022-2025", type="string", description="Years of the drop folders"),
        "counties": Param(
            [],
            type="array",
            items={"type": "string", "pattern": f"^{COUNTY_CODE}$"},
            description="Only these county folders; empty: all",
        ),
        "as_of": Param(None, type=["null", "string"], description="Receipt date, default now"),
    },
    doc_md=__doc__,
    tags=["junheng"],
)
def backfill() -> None:
    """Build the DAG."""

    @task
    def years(params: dict[str, Any] | None = None) -> list[int]:
        """Return the years to take in."""
        from junheng.cli.arguments import years_of

        return sorted(years_of((params or {})["years"]))

    @task(max_active_tis_per_dagrun=1)
    def one_year(year: int, params: dict[str, Any] | None = None) -> None:
        """Take in one year and publish it."""
        from junheng.home import Home
        from junheng.pipeline import run_all
        from junheng.selection import Selection

        asked = params or {}
        selection = Selection(frozenset(asked["counties"]), frozenset({year}), as_of=asked["as_of"])
        run_all(Home.from_environment(), selection, print)

    one_year.expand(year=years())


backfill()
