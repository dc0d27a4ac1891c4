"""每天 02:00（上海时间）刷新：接收、读取与校验、计算、发布、写页面。手工触发时可只选县区、年份。

The nightly run, at 02:00 Shanghai time: the tasks of ``junheng.pipeline``, in its order.

Few fat tasks; each takes the writer's lock by itself, and hands plain values to the next. With more than one shard,
reading and checking are tasks of their own before ``build``, one a shard, which finds what they left.
"""

import datetime as dt
from typing import Any

import pendulum
from airflow.sdk import Asset, Context, Param, dag, task

from junheng.dag_parameters import COUNTIES, FULL, RECEIPT_DAY, SHARDS, YEARS
from junheng.pipeline import SHARD_TASKS, TASKS, gather

WAREHOUSE = Asset(name="junheng_warehouse", uri="x-junheng://published/junheng.duckdb")
PAGES = Asset(name="junheng_pages", uri="x-junheng://reports/pages")
# What a task tells Airflow besides its order: the published warehouse; a summary is written once.
_OPTIONS: dict[str, dict[str, Any]] = {
    "publish": {"outlets": [WAREHOUSE]},
    "write_pages": {"outlets": [PAGES]},
    "summarise": {"retries": 0},
}
_NAMES = {
    "receive": "接收",
    "read_shard": "读取一片",
    "gather": "合并",
    "check_shard": "校验一片",
    "build": "读取、校验、计算",
    "publish": "发布",
    "write_pages": "写页面",
    "distribute": "送往别处",
    "summarise": "小结",
}
_PARAMETERS = {
    "counties": Param(**COUNTIES),
    "years": Param(None, **YEARS),
    "full": Param(**FULL),
    "as_of": Param(**RECEIPT_DAY),
    "shards": Param(**SHARDS),
}


def _keep_failure(context: Context) -> None:
    from junheng.home import Home
    from junheng.outcome import record_failure

    failed = context["task_instance"]
    record_failure(Home.from_environment(), f"{failed.dag_id}.{failed.task_id}: {context.get('exception')}")


def _tell_failure(context: Context) -> None:
    from junheng.dag_parameters import were_wrong
    from junheng.home import Home
    from junheng.outcome import tell_failure

    home, reason = Home.from_environment(), str(context.get("reason"))
    if were_wrong(home, context["run_id"]):
        return
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

    @task(task_id=name, task_display_name=f"{_NAMES[name]} {name}", doc_md=about, **_OPTIONS.get(name, {}))
    def run(
        state: dict[str, Any] | None, gathered: dict[str, Any] | None = None, params: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        from junheng.dag_parameters import selection
        from junheng.home import Home
        from junheng.pipeline import Run, run_task

        this_run = Run(Home.from_environment(), selection(params or {}), print, more_targets=_server())
        state = run_task(name, this_run, gathered or state)
        print(this_run.summary)
        return state

    return run


def _shard_task(name: str, about: str) -> Any:
    """Return the Airflow task of one task of the pipeline that each shard walks by itself."""

    @task(task_id=name, task_display_name=f"{_NAMES[name]} {name}", doc_md=about)
    def run(number: int, state: dict[str, Any], params: dict[str, Any] | None = None) -> None:
        from junheng.dag_parameters import selection
        from junheng.home import Home
        from junheng.pipeline import Run, run_shard

        asked = params or {}
        this_run = Run(Home.from_environment(), selection(asked), print)
        run_shard(name, this_run, state, number, int(asked["shards"]))

    return run


@task(
    task_display_name="核对参数 check_parameters",
    retries=0,
    on_failure_callback=None,
    doc_md="参数不对就此停下，什么也不接收。",
)
def check_parameters(params: dict[str, Any] | None = None, run_id: str | None = None, ti: Any = None) -> list[int]:
    """End a run that asks for what there is not, before it takes anything in; return the numbers of its shards, none
    where the night is not split.
    """
    from airflow.sdk.exceptions import AirflowFailException, DownstreamTasksSkipped

    from junheng.dag_parameters import WrongParameters, check
    from junheng.home import Home

    try:
        check(Home.from_environment(), params or {}, _PARAMETERS, run_id or "")
    except WrongParameters as wrong:
        raise AirflowFailException(str(wrong)) from None
    shards = int((params or {}).get("shards") or 1)
    if shards > 1:
        return list(range(shards))
    # At once: Airflow would find out one after the other, and wait a second for each.
    ti.xcom_push(key="return_value", value=[])
    raise DownstreamTasksSkipped(tasks=[*(t.__name__ for t in SHARD_TASKS), gather.__name__])


@dag(
    schedule="0 2 * * *",
    start_date=pendulum.datetime(2025, 1, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    dagrun_timeout=dt.timedelta(hours=4),
    on_failure_callback=_tell_failure,
    dag_display_name="每夜刷新 nightly refresh",
    default_args={
        "owner": "均衡 Junheng",
        "retries": 2,
        "retry_delay": dt.timedelta(minutes=1),
        "on_failure_callback": _keep_failure,
    },
    params=_PARAMETERS,
    doc_md=__doc__,
    tags=["junheng"],
)
def nightly_refresh() -> None:
    """Build the DAG."""

    shards, read, check = check_parameters(), *(_shard_task(t.__name__, t.__doc__ or "") for t in SHARD_TASKS)
    received, build, *rest = (_task(t.__name__, t.__doc__ or "") for t in TASKS)
    state = received(None)
    # Without shards these are skipped, and the night goes on.
    gathered = _task(gather.__name__, gather.__doc__ or "")(state)
    shards >> state
    read.partial(state=state).expand(number=shards) >> gathered
    checked = check.partial(state=gathered).expand(number=shards)
    state = build.override(trigger_rule="none_failed")(state, gathered)
    checked >> state
    for following in rest:
        state = following(state)


nightly_refresh()
