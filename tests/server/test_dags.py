"""The DAGs, run as `make refresh` runs them: the same marts as the command line's, years one by one."""

import json
import os
import shutil
import subprocess

import pytest

from tests.conftest import PROJECT, Office, copy_of
from tests.factories import school, workbook


def test_the_dag_gives_the_same_marts_as_the_command(office: Office, tmp_path_factory: pytest.TempPathFactory):
    for number in (1, 2):
        workbook(office.landing, 2024, school("649640", number))
    workbook(office.landing, 2024, school("649640", 3, primary__pupils=201))
    twin = Office(tmp_path_factory.mktemp("dag"))
    shutil.copytree(office.landing, twin.landing)
    split = copy_of(twin, tmp_path_factory.mktemp("shards") / "home")
    assert office.refresh("--as-of", "2025-03-31").returncode == 3
    home = twin.root / "airflow"
    environment = {
        **os.environ,
        "JUNHENG_HOME": str(twin.root),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "PATH": f"{PROJECT / '.venv' / 'bin'}:{os.environ['PATH']}",
    }
    home.mkdir()
    subprocess.run(["airflow", "db", "migrate"], env=environment, check=True, capture_output=True)
    done = subprocess.run(
        ["airflow", "dags", "test", "nightly_refresh", "--conf", json.dumps({"as_of": "2025-03-31"})],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "隔离数据 1 处" in done.stdout + done.stderr
    assert "No tasks to run" not in done.stdout + done.stderr, "Airflow waits where nothing is to be waited for"
    assert twin.marts() == office.marts()
    (night,) = map(json.loads, (twin.root / "logs" / "nights" / "diary.jsonl").read_text(encoding="utf-8").splitlines())
    assert night["seconds"]["transform"] > 0 and (night["refused"], night["set_aside"], night["failure"]) == (0, 1, "")
    assert (twin.root / "logs" / "nights" / f"{night['run']}.txt").exists()
    done = subprocess.run(
        ["airflow", "dags", "test", "nightly_refresh", "--conf", json.dumps({"as_of": "2025-03-31", "shards": 2})],
        env={**environment, "JUNHENG_HOME": str(split.root)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "第 2 片读取" in done.stdout + done.stderr
    assert split.marts() == office.marts()
    for year in (2022, 2023):
        workbook(twin.landing, year, school("649640", 1))
    done = subprocess.run(
        ["airflow", "dags", "test", "backfill", "--conf", json.dumps({"years": "2022-2023"})],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert twin.query("select distinct census_year from marts.mart_school_compliance order by 1") == [
        (2022,),
        (2023,),
        (2024,),
    ]
    assert len(twin.query("from marts.dim_belief")) == 3
