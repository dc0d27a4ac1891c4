"""每天 06:30（上海时间）查看夜间刷新是否按时完成，没有就通知相关的人。

In the morning, whether the night has ended well: if not, people are told.
"""

import datetime as dt

import pendulum
from airflow.sdk import dag, task


@dag(
    schedule="30 6 * * *",
    start_date=pendulum.datetime(2025, 1, 1, tz="Asia/Shanghai"),
    catchup=False,
    is_paused_upon_creation=False,
    dagrun_timeout=dt.timedelta(minutes=10),
    dag_display_name="晨间检查 night watch",
    default_args={"owner": "均衡 Junheng", "retries": 3, "retry_delay": dt.timedelta(minutes=1)},
    doc_md=__doc__,
    tags=["junheng"],
)
def night_watch() -> None:
    """Build the DAG."""

    @task(task_display_name="夜间刷新是否完成 is the night in")
    def is_the_night_in() -> None:
        """Fail, and tell people, if no night has ended well within a day; what hinders the question is tried again."""
        from airflow.sdk.exceptions import AirflowFailException

        from junheng import notices, run_log
        from junheng.home import Home
        from publish.language import say

        if late := run_log.overdue(Home.from_environment()):
            print(*notices.send(say("夜间刷新未按时完成", "the night is late or missing"), late), sep="\n")
            raise AirflowFailException(late)  # told once, not once a try

    is_the_night_in()


night_watch()
