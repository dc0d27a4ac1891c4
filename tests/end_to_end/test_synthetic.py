"""Made-up counties: every kind of dirt leads to what the generator says it must lead to."""

import csv

from junheng.synthetic.dirt import ALL
from tests.conftest import Office

_LAST_STEP = "select path, status, reason from marts.mart_file_outcome where step <> 'receive' qualify row_number() over (partition by receipt order by step desc) = 1"


def test_every_kind_of_dirt_leads_to_what_it_must(office: Office):
    lists = office.run("synthetic", office.landing, "--counties", "60", "--schools", "240", "--years", "2024-2025", "--form", "mixed", "--dirt", "1", "--seed", "0")
    expected = list(csv.DictReader((office.root / "landing.expected.csv").open(encoding="utf-8")))
    books = office.run("synthetic", office.landing, "--county", "649901", "--schools", "70", "--years", "2025", "--dirt", "1", "--seed", "1")
    expected += csv.DictReader((office.root / "landing.expected.csv").open(encoding="utf-8"))
    assert (lists.returncode, books.returncode) == (0, 0), lists.stderr + books.stderr
    assert {e["dirt"] for e in expected} == {dirt.kind for dirt in ALL}
    assert office.refresh().returncode == 3
    outcomes = {path: (status, reason) for path, status, reason in office.query(_LAST_STEP)}
    found = {(f"census/{year}/{county}/{name}", check) for name, year, county, check in office.query("select file_name, year, county_code, check_id from marts.mart_quarantine")}
    for file in expected:
        status, reason = outcomes[file["path"]]
        assert status == file["status"], file
        if status == "refused":
            assert reason == file["reason"], file
        elif file["reason"]:
            assert any(path == file["path"] and check.endswith(file["reason"]) for path, check in found), file
    set_aside = {path for path, (status, _) in outcomes.items() if status == "quarantined"}
    assert set_aside <= {file["path"] for file in expected if file["status"] == "quarantined"}


def test_more_schools_than_codes_have_room_for_is_wrong_usage(office: Office):
    assert office.run("synthetic", office.landing, "--schools", "8000").returncode == 2
    assert office.run("synthetic", office.landing, "--counties", "5", "--schools", "4").returncode == 2
