"""dbt's own unit tests, on the SQL itself: worked examples and both sides of every threshold."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from tests.conftest import PROJECT, Office


def dbt_test(office: Office, folder: Path, selected: str) -> subprocess.CompletedProcess:
    """Run dbt's tests on a copy of the office's warehouse."""
    shutil.copyfile(office.root / "published" / "junheng.duckdb", folder / "junheng.duckdb")
    return subprocess.run(
        [
            Path(sys.executable).with_name("dbt"),
            "--no-use-colors",
            "test",
            "--select",
            selected,
            "--project-dir",
            "dbt_project",
            "--profiles-dir",
            "dbt_project",
            "--target-path",
            folder / "target",
            "--log-path",
            folder,
        ],
        env={**os.environ, "JUNHENG_BUILD_FILE": str(folder / "junheng.duckdb")},
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )


def test_dbt_unit_tests_pass_and_none_is_switched_off(sample_office: Office, tmp_path: Path):
    done = dbt_test(sample_office, tmp_path, "test_type:unit")
    assert done.returncode == 0, done.stdout
    declared = sum(
        len(yaml.safe_load(path.read_text(encoding="utf-8")).get("unit_tests", []))
        for path in (PROJECT / "dbt_project" / "models").rglob("*.yml")
    )
    assert re.search(rf"PASS={declared} WARN=0 ERROR=0 SKIP=0", done.stdout), done.stdout[-500:]
    assert declared >= 10


def test_views_and_groups_have_the_grain_they_state(sample_office: Office, tmp_path: Path):
    done = dbt_test(sample_office, tmp_path, "tag:view tag:grouped")
    assert done.returncode == 0, done.stdout
    declared = sum(
        p.read_text(encoding="utf-8").count("tags: [") for p in (PROJECT / "dbt_project" / "models").rglob("*.yml")
    )
    assert re.search(rf"PASS={declared} WARN=0 ERROR=0 SKIP=0", done.stdout), done.stdout[-500:]
    assert declared >= 40
