"""Made-up counties: every kind of dirt leads to what the generator says it must lead to."""

import csv

from junheng.synthetic.dirt import ALL
from tests.conftest import Office

_LAST_STEP = (
    "select path, status, reason from marts.mart_file_outcome where step <> 'receive' qualify row_number() over "
    "(partition by county_code, receipt order by step desc) = 1"
)


def test_every_kind_of_dirt_leads_to_what_it_must(office: Office):
    lists = office.run(
        "synthetic",
        office.landing,
        "--counties",
        "60",
        "--schools",
        "240",
        "--years",
        "2024-2025",
        "--form",
        "mixed",
        "--dirt",
        "1",
        "--seed",
        "0",
    )
    expected = list(csv.DictReader((office.root / "landing.expected.csv").open(encoding="utf-8")))
    books = office.run(
        "synthetic",
        office.landing,
        "--county",
        "649901",
        "--schools",
        "70",
        "--years",
        "2025",
        "--dirt",
        "1",
        "--seed",
        "1",
    )
    expected += csv.DictReader((office.root / "landing.expected.csv").open(encoding="utf-8"))
    assert (lists.returncode, books.returncode) == (0, 0), lists.stderr + books.stderr
    assert {e["dirt"] for e in expected} == {dirt.kind for dirt in ALL}
    assert office.refresh().returncode == 3
    outcomes = {path: (status, reason) for path, status, reason in office.query(_LAST_STEP)}
    found = {
        (f"census/{year}/{county}/{name}", check)
        for name, year, county, check in office.query(
            "select file_name, year, county_code, check_id from marts.mart_quarantine"
        )
    }
    for file in expected:
        status, reason = outcomes[file["path"]]
        assert status == file["status"], file
        if status == "refused":
            assert reason == file["reason"], file
        elif file["reason"]:
            assert any(path == file["path"] and check.endswith(file["reason"]) for path, check in found), file
    # Nobody reads a message that leaves out what was found.
    told = office.query("select message_zh, message_en from marts.mart_quarantine")
    assert not [pair for pair in told if any(gap in " ".join(pair) for gap in ("“”", "：。", ": ."))]
    set_aside = {path for path, (status, _) in outcomes.items() if status == "quarantined"}
    assert set_aside <= {file["path"] for file in expected if file["status"] == "quarantined"}


def test_more_schools_than_codes_have_room_for_is_wrong_usage(office: Office):
    assert office.run("synthetic", office.landing, "--schools", "8000").returncode == 2
    assert office.run("synthetic", office.landing, "--counties", "5", "--schools", "4").returncode == 2


def test_the_synthetic_county_shows_every_verdict_in_every_dimension(office: Office):
    written = office.run(
        "synthetic", office.landing, "--county", "649901", "--schools", "24", "--years", "2022-2025", "--sources", "all"
    )
    assert written.returncode == 0, written.stderr
    done = office.refresh("--as-of", "2026-09-01")
    assert done.returncode == 0, done.stdout
    found = {
        "resource_allocation": "marts.mart_resource_allocation",
        "government_assurance": "marts.mart_government_assurance",
        "education_quality": "marts.mart_education_quality",
        "social_recognition": "marts.mart_social_recognition",
    }
    verdicts = {
        name: {v for (v,) in office.query(f"select distinct verdict from {mart} where county_code = '649901'")}
        for name, mart in found.items()
    }
    # What education quality and the survey ask applies to every county that has pupils.
    assert verdicts == {
        name: {"pass", "fail", "no_data"}
        | ({"not_applicable"} if name in ("resource_allocation", "government_assurance") else set())
        for name in found
    }
    delivered = {
        source
        for (source,) in office.query(
            "select distinct source from marts.mart_file_outcome where county_code = '649901'"
        )
    }
    assert delivered == {
        "census",
        "finance",
        "monitoring",
        "hr",
        "enrolment",
        "rooms",
        "classes",
        "survey",
        "attestation",
        "reviews",
        "groups",
        "targets",
    }
    assert "2026 年评估：" in done.stdout
    # A reader's limit holds, also where nothing was set aside.
    for (mart,) in office.query("select table_name from information_schema.tables where table_schema = 'marts'"):
        assert len(office.query(f"from marts.{mart} limit 1")) <= 1, mart
