"""dbt's own unit tests, on the SQL itself: worked examples and both sides of every threshold."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import PROJECT, Office


def test_dbt_unit_tests_pass_and_none_is_switched_off(sample_office: Office, tmp_path: Path):
    build = next(sample_office.root.glob("build/*-????????/junheng.duckdb"))
    shutil.copyfile(build, tmp_path / "junheng.duckdb")
    dbt = Path(sys.executable).with_name("dbt")
    done = subprocess.run(
        [dbt, "--no-use-colors", "test", "--select", "test_type:unit", "--project-dir", "dbt_project", "--profiles-dir", "dbt_project", "--target-path", tmp_path / "target", "--log-path", tmp_path],
        env={**os.environ, "JUNHENG_BUILD_FILE": str(tmp_path / "junheng.duckdb")}, cwd=PROJECT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    declared = (PROJECT / "dbt_project/models/intermediate/unit_tests.yml").read_text(encoding="utf-8").count("\n  - name: ")
    assert re.search(rf"PASS={declared} WARN=0 ERROR=0 SKIP=0", done.stdout), done.stdout[-500:]
    assert declared >= 8
