"""A project that dbt cannot parse is told by the file that is wrong."""

import shutil
from pathlib import Path

import pytest

from junheng import dbt
from junheng.home import PROJECT


def test_the_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    project = tmp_path / "dbt_project"
    shutil.copytree(PROJECT / "dbt_project", project, ignore=shutil.ignore_patterns("target", "logs"))
    (project / "models" / "schools" / "int_not_closed.sql").write_text("select {{ not closed", encoding="utf-8")
    monkeypatch.setattr(dbt, "_PROJECT", project)
    with pytest.raises(RuntimeError, match="int_not_closed"):
        dbt.Dbt(tmp_path / "junheng.duckdb", tmp_path / "target", tmp_path / "logs").parse()
