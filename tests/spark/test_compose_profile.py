"""Profile `spark` of docker-compose.yml: master and worker as their containers run them, and a night that uses them."""

from pathlib import Path

import duckdb

from tests.factories import school, workbook
from tests.server.compose import stack
from tests.server.test_compose import _SECRETS as SECRETS


def test_a_night_builds_its_figures_on_the_master_and_its_worker(tmp_path: Path):
    with stack(SECRETS | {"JUNHENG_ENGINE": "spark", "SPARK_WORKER_MEMORY": "1g"}, "spark") as this:
        this.start("spark-worker")
        this.wait_until_healthy("spark-worker")
        landing = this.folder / "volumes" / "data-landing"
        workbook(landing, 2024, school("649893", 1))
        for path in (landing, *landing.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        # As the scheduler's container runs its tasks; all are on this machine, which has one address here.
        night = "SPARK_LOCAL_IP=127.0.0.1 JUNHENG_SERVE= JUNHENG_PAGES=0 .venv-spark/bin/junheng refresh"
        done = this.run("airflow-scheduler", ["sh", "-c", night])
        assert done.returncode == 0, done.stdout + done.stderr + this.log("spark-worker")
        assert "FINISHED" in this.log("spark-master") or "Registered app junheng" in this.log("spark-master")
        published = this.folder / "volumes" / "home" / "published" / "junheng.duckdb"
        with duckdb.connect(str(published), read_only=True) as warehouse:
            verdicts = warehouse.execute(
                "select verdict from marts.mart_school_compliance where school_id like '%649893%'"
            )
            assert verdicts.fetchall() == [("pass",)]
