"""The nightly run, at 02:00 Shanghai time: the tasks of ``junheng.pipeline``, in its order.

Few fat tasks; each takes the writer's lock by itself, and hands plain values to the next.
"""

import datetime as dt
from typing import Any

import pendulum
from airflow.sdk import Asset, Context, Param, dag, task

from extract.common.identifiers import COUNTY_CODE
from junheng.pipeline import TASKS

WAREHOUSE = Asset(name="junheng_warehouse", uri="x-junheng://published/junheng.duckdb")
# What a task tells Airflow besides its order: the published warehouse; a summary is written once.
_OPTIONS: dict[str, dict[str, Any]] = {"publish": {"outlets": [WAREHOUSE]}, "summarise": {"retries": 0}}


def _keep_failure(context: Context) -> None:
    from junheng.home import Home
    from junheng.outcome import record_failure

    failed = context["task_instance"]
    record_failure(Home.from_environment(), f"{failed.dag_id}.{failed.task_id}: {context.get('exception')}")


def _tell_failure(context: Context) -> None:
    from junheng.home import Home
    from junheng.outcome import tell_failure

    home, reason = Home.from_environment(), str(context.get("reason"))
    failure = home.logs / "failure.txt"
    if reason == "task_failure" and failure.exists():
        # What the task left there; its first line says when, the rest what.
        reason = failure.read_text(encoding="utf-8").partition("\n")[2]
    tell_failure(home, reason, print)


def _server() -> dict[str, str]:
    """Return the server of Airflow's connection ``junheng_postgres`` as a target, if there is one."""
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException, AirflowRuntimeError

    # No connection by this name: `dags test` and a scheduler's task say it in different words.
    try:
        uri = BaseHook.get_connection("junheng_postgres").get_uri()
    except (AirflowNotFoundException, AirflowRuntimeError):
        return {}
    return {"postgres": uri.replace("postgres://", "postgresql://", 1)}


def _task(name: str, about: str) -> Any:
    """Return the Airflow task of one task of the pipeline."""

    @task(task_id=name, doc_md=about, **_OPTIONS.get(name, {}))
    def run(state: dict[str, Any] | None, params: dict[str, Any] | None = None) -> dict[str, Any]:
        from junheng.cli.arguments import years_of
        from junheng.home import Home
        from junheng.pipeline import Run, run_task
        from junheng.selection import Selection

        asked = params or {}
        selection = Selection(frozenset(asked["counties"]), years_of(asked["years"]), asked["full"], asked["as_of"])
        this_run = Run(Home.from_environment(), selection, print, more_targets=_server())
        state = run_task(name, this_run, state)
        print(this_run.summary)
        return state

    return run


@dag(
    schedule="0 2 * * *",
    start_date=pendulum.datetime(2025, 1, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    dagrun_timeout=dt.timedelta(hours=4),
    on_failure_callback=_tell_failure,
    default_args={"retries": 2, "retry_delay": dt.timedelta(minutes=1), "on_failure_callback": _keep_failure},
    params={
        "counties": Param(
            [],
            type="array",
            items={"type": "string", "pattern": f"^{COUNTY_CODE}$"},
            description="Only these county folders; empty: all",
        ),
        "years": Param(None, type=["null", "string"], description="Only these year folders: 2022-2025"),
        "full": Param(False, type="boolean", description="Read every file again"),
        "as_of": Param(None, type=["null", "string"], description="Receipt date of this night, default now"),
    },
    doc_md=__doc__,
    tags=["junheng"],
)
def nightly_refresh() -> None:
    """Build the DAG."""

    state = None
    for of_pipeline in TASKS:
        state = _task(of_pipeline.__name__, of_pipeline.__doc__ or "")(state)


nightly_refresh()
