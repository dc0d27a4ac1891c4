"""dbt's own unit tests, on the SQL itself: worked examples and both sides of every threshold."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from tests.conftest import PROJECT, Office
from tests.preloaded import python


def dbt_test(office: Office, folder: Path, selected: str) -> subprocess.CompletedProcess:
    """Run dbt's tests on a copy of the office's warehouse."""
    shutil.copyfile(office.root / "published" / "junheng.duckdb", folder / "junheng.duckdb")
    return subprocess.run(
        [
            python(),
            Path(sys.executable).with_name("dbt"),
            "--no-use-colors",
            "test",
            "--select",
            *selected.split(),
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


def test_dbt_unit_tests_and_tests_of_views_and_groups_pass_and_none_is_switched_off(
    sample_office: Office, tmp_path: Path
):
    """These the night leaves out: they are of the SQL, or follow from what each table requires of itself."""
    done = dbt_test(sample_office, tmp_path, "test_type:unit tag:view tag:grouped")
    assert done.returncode == 0, done.stdout
    texts = [path.read_text(encoding="utf-8") for path in (PROJECT / "dbt_project" / "models").rglob("*.yml")]
    units = sum(len(yaml.safe_load(text).get("unit_tests", [])) for text in texts)
    tagged = sum(text.count("tags: [") for text in texts)
    assert units >= 10 and tagged >= 40
    assert re.search(rf"PASS={units + tagged} WARN=0 ERROR=0 SKIP=0", done.stdout), done.stdout[-500:]
