"""补做往年：一年一年接收、计算、发布。手工触发；再次触发从停下处继续。

Past years, one after the other, each published before the next. Started by hand; begun again, it goes on where it
stopped.
"""

import datetime as dt
from typing import Any

import pendulum
from airflow.sdk import Param, dag, task

from junheng.dag_parameters import COUNTIES, RECEIPT_DAY, YEARS

_PARAMETERS = {
    "years": Param("2022-2025", **{**YEARS, "type": "string"}),
    "counties": Param(**COUNTIES),
    "as_of": Param(**RECEIPT_DAY),
}


@dag(
    schedule=None,
    start_date=pendulum.datetime(2025, 1, 1, tz="Asia/Shanghai"),
    max_active_runs=1,
    is_paused_upon_creation=False,
    dag_display_name="补做往年 backfill",
    default_args={"owner": "均衡 Junheng", "retries": 1, "retry_delay": dt.timedelta(minutes=1)},
    params=_PARAMETERS,
    doc_md=__doc__,
    tags=["junheng"],
)
def backfill() -> None:
    """Build the DAG."""

    @task(task_display_name="核对参数 years", retries=0)
    def years(params: dict[str, Any] | None = None, run_id: str | None = None) -> list[int]:
        """Check the parameters; return the years to take in."""
        from airflow.sdk.exceptions import AirflowFailException

        from junheng.dag_parameters import WrongParameters, check, selection
        from junheng.home import Home

        asked = params or {}
        try:
            check(Home.from_environment(), asked, _PARAMETERS, run_id or "")
        except WrongParameters as wrong:
            raise AirflowFailException(str(wrong)) from None
        return sorted(selection(asked).years)

    @task(max_active_tis_per_dagrun=1, task_display_name="一年 one year")
    def one_year(year: int, params: dict[str, Any] | None = None) -> None:
        """Take in one year and publish it."""
        from dataclasses import replace

        from junheng.dag_parameters import selection
        from junheng.home import Home
        from junheng.pipeline import run_all

        run_all(Home.from_environment(), replace(selection(params or {}), years=frozenset({year})), print)

    one_year.expand(year=years())


backfill()
