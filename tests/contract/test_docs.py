"""The documentation names files that are there, and its links lead somewhere."""

import re
from pathlib import Path

from tests.conftest import PROJECT

_PAGES = [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")]
_FOLDERS = ("dags", "dbt_project", "docs", "expectations", "extract", "junheng", "publish", "tests")


def test_every_link_leads_to_a_file():
    lost = [
        f"{page.relative_to(PROJECT)}: {target}"
        for page in _PAGES
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert lost == []


def test_every_file_that_is_named_is_there():
    lost = [
        f"{page.relative_to(PROJECT)}: {name}"
        for page in _PAGES
        if page.name != "CHANGELOG.md"  # it names what is gone
        for name in re.findall(r"`([\w./-]+\.(?:py|sql|yml|csv|sh|md))`", page.read_text(encoding="utf-8"))
        if Path(name).parts[0] in _FOLDERS and len(Path(name).parts) > 1 and not (PROJECT / name).exists()
    ]
    assert lost == []
