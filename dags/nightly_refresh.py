"""The night, at 02:00 Shanghai time: receive → build → publish → serve → summarise.

Few fat tasks, each a plain function of ``junheng.night`` that takes the writer's lock by itself.
"""

import datetime as dt

import pendulum
from airflow.sdk import Asset, Param, dag, task

WAREHOUSE = Asset(name="junheng_warehouse", uri="x-junheng://published/junheng.duckdb")


def _keep_failure(context: dict) -> None:
    from junheng import night
    from junheng.settings import Home

    failed = context["task_instance"]
    night.record_failure(Home.from_environment(), f"{failed.dag_id}.{failed.task_id}: {context.get('exception')}")


def _tell_failure(context: dict) -> None:
    from junheng import night
    from junheng.settings import Home

    home, reason = Home.from_environment(), str(context.get("reason"))
    failure = home.logs / "failure.txt"
    if reason == "task_failure" and failure.exists():
        # What the task left there; its first line says when, the rest what.
        reason = failure.read_text(encoding="utf-8").partition("\n")[2]
    night.tell_failure(home, reason, print)


def _connection() -> str | None:
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException, AirflowRuntimeError

    try:
        return BaseHook.get_connection("junheng_postgres").get_uri().replace("postgres://", "postgresql://", 1)
    except (
        AirflowNotFoundException,
        AirflowRuntimeError,
    ):  # none by this name, as `dags test` and a scheduler's task say it
        return None


def _selection(params: dict) -> object:
    from junheng.arguments import years_of
    from junheng.night import Selection

    return Selection(frozenset(params["counties"]), years_of(params["years"]), params["full"], params["as_of"])


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
            items={"type": "string", "pattern": r"^\d{6}$"},
            description="Only these county folders; empty: all",
        ),
        "years": Param(None, type=["null", "string"], description="Only these year folders: 2022-2025"),
        "full": Param(False, type="boolean", description="Read every file again"),
        "as_of": Param(None, type=["null", "string"], description="Receipt date of this night, default now"),
    },
    doc_md=__doc__,
    tags=["junheng"],
)
def nightly_refresh():
    """Build the DAG."""

    @task
    def receive(params: dict | None = None) -> int:
        """Take in the drop folder; return the number of new deliveries."""
        from junheng import night
        from junheng.settings import Home

        home = Home.from_environment()
        with night.one_writer(home):
            return night.receive(home, _selection(params))

    @task
    def build(new: int, params: dict | None = None) -> dict:
        """Extract, validate and transform aside; return the run and the seconds of each step."""
        from junheng import night
        from junheng.settings import Home

        home, timing = Home.from_environment(), night.Timing()
        with night.one_writer(home):
            folder = night.build(home, _selection(params), new > 0, print, timing)
        return {"run": folder.name, "seconds": timing.seconds}

    @task(outlets=[WAREHOUSE])
    def publish(built: dict) -> dict:
        """Swap the built warehouse in."""
        from junheng import night
        from junheng.settings import Home

        home = Home.from_environment()
        with night.one_writer(home):
            night.publish(home, home.build / built["run"])
        return built

    @task
    def serve(published: dict) -> dict:
        """Bring the marts where else they are wanted: ``JUNHENG_SERVE``, and the server of connection
        ``junheng_postgres``.
        """
        from junheng import night
        from junheng.settings import Home

        home = Home.from_environment()
        uri = home.server() or _connection()
        if uri or home.served():
            with night.one_writer(home):
                night.serve(home, home.build / published["run"], uri, print)
        return published

    @task(retries=0)
    def summarise(published: dict) -> None:
        """Put refusals, gaps and timings into this log and under ``logs/``."""
        from junheng import night
        from junheng.settings import Home

        print(night.record(Home.from_environment(), published["run"], night.Timing(published["seconds"]), print))

    summarise(serve(publish(build(receive()))))


nightly_refresh()
