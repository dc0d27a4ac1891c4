"""A form dropped into the folder of another source: the refusal says which form it is and where it belongs."""

import shutil
from pathlib import Path

from junheng import synthetic
from tests.conftest import Office


def test_a_form_in_the_folder_of_another_source_is_told_where_it_belongs(office: Office, tmp_path: Path):
    """Every form of every source, in the folders of two others: one sentence instead of one a column."""
    county = synthetic.County("649840", 6, "workbook")
    right = tmp_path / "right"
    synthetic.write_county(right, county, [2024], 1, sources=True)
    files = [path for path in sorted(right.rglob("*.xlsx")) if path.parts[-3] == "2024"]
    expected = {}
    for number, file in enumerate(files):
        source = file.relative_to(right).parts[0]
        for wrong in {"census", "finance", "rooms"} - {source}:
            target = office.landing / wrong / "2024" / "649840" / f"{number}.xlsx"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
            expected[str(target.relative_to(office.landing))] = f"landing/{source}/2024/"
    assert len(set(expected.values())) >= 8
    assert office.refresh().returncode == 3
    told = dict(
        office.query(
            "select path, message_zh from marts.mart_file_outcome where reason = 'form_of_another_source' order by 1"
        )
    )
    assert told.keys() == expected.keys()
    for path, where in expected.items():
        assert told[path].startswith("放错了来源") and where in told[path] and "影响" not in told[path], told[path]
    # Moved to where it belongs, a file counts, and its refusals end; those of the others stay open.
    finance = next(file for file in files if file.relative_to(right).parts[0] == "finance")
    target = office.landing / finance.relative_to(right)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(finance, target)
    office.refresh()
    place = str(finance.relative_to(right))
    assert ("in_force",) in office.query("select status from marts.mart_file_outcome where path = ?", [place])
    is_open = dict(office.query("select path, is_open from marts.mart_file_outcome where status = 'refused'"))
    number = files.index(finance)
    assert {path: opened for path, opened in is_open.items() if path in expected} == {
        path: not path.endswith(f"/{number}.xlsx") for path in expected
    }
