"""元 for 万元 and the other way round: told for every money column of every form, on the screen, in problems.csv and in
the notice.
"""

import csv
from pathlib import Path

import pytest

from expectations.plausible import ranges
from extract.definitions.forms import load_form, measures_of_source, source_declarations, sources
from extract.definitions.vocabulary import measure_units, unit_factor
from tests.conftest import Office
from tests.factories import listing, school, table, workbook

COUNTY = "64988{}"
# What a school of 200 pupils, or a county of 200, has in yuan.
_SOUND = {
    "public_funds_granted_yuan": 200_000,
    "general_budget_spending_yuan": 3_000_000,
    "wages_yuan": 2_000_000,
    "goods_and_services_yuan": 400_000,
    "training_spending_yuan": 10_000,
    "capital_spending_yuan": 300_000,
    "public_funds_budget_yuan": 200_000,
    "training_budget_yuan": 10_000,
    "public_funds_approved_yuan": 200_000,
    "education_spending_yuan": 3_000_000,
    "education_grants_yuan": 2_800_000,
    "recurring_revenue_yuan": 20_000_000,
    "teacher_wages_yuan": 2_000_000,
    "public_funds_yuan": 200_000,
    "quota_primary_yuan": 850,
    "quota_junior_yuan": 1050,
    "special_education_funds_yuan": 60_000,
    "teacher_pay_yuan": 96_000,
    "civil_servant_pay_yuan": 95_000,
    "price_yuan": 2_500,
    "equipment_value_yuan": 500_000,
    "fixed_assets_yuan": 5_000_000,
}
_FILLED_IN = [source for source in sources() if not source_declarations()[source].is_made_here]
_BY_SCHOOL = ("finance_jz_2", "finance_jz_3", "finance_budget")


def money(name: str) -> list[str]:
    return [f.measure for f in load_form(name, 2024).fields if f.measure and measure_units()[f.measure] == "yuan"]


def row(name: str, wrong: str, times: float) -> dict[str, object]:
    """A line of a form as people write it, one money column off by a factor."""
    units = {f.measure: f.unit for f in load_form(name, 2024).fields if f.measure}
    return {m: _SOUND[m] * (times if m == wrong else 1) / (unit_factor(units[m], m) or 1) for m in money(name)}


def sixty_times_last_years(landing: Path) -> None:
    county = COUNTY.format(9)
    for year, times, more in ((2023, 1, 0), (2024, 60, 1)):
        workbook(landing, year, school(county, 1, primary__pupils_grade_1=33 + more, primary__pupils=200 + more))
        table(
            landing,
            "finance_jz_3",
            year,
            county,
            [
                {
                    "school_id": f"2{county}001",
                    "school_name": "合成第1小学",
                    **row("finance_jz_3", "capital_spending_yuan", times),
                }
            ],
        )


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = Office(tmp_path_factory.mktemp("units"))
    due = []
    for number, times in enumerate((10_000, 1 / 10_000)):
        county = COUNTY.format(number)
        wrong = [(name, measure) for name in _BY_SCHOOL for measure in money(name)]
        for i in range(1, len(wrong) + 1):
            off = (
                {"all__equipment_value_yuan": 500_000 * times}
                if i == 1
                else {"all__fixed_assets_yuan": 5_000_000 * times}
                if i == 2
                else {"all__sports_ground_area_m2": 1400 * times}
                if i == 3
                else {}
            )
            workbook(office.landing, 2024, school(county, i, **off))
        for name in _BY_SCHOOL:
            rows = [
                {
                    "school_id": f"2{county}{i:03d}",
                    "school_name": f"合成第{i}小学",
                    **row(name, measure if name == own else "", times),
                }
                for i, (own, measure) in enumerate(wrong, 1)
            ]
            table(office.landing, name, 2024, county, rows)
        # A county has one line: each wrong column is a county's own.
        for i, measure in enumerate(money("finance_county")):
            own = f"6489{number}{i}"
            table(
                office.landing,
                "finance_county",
                2024,
                own,
                [
                    {
                        "county_code": own,
                        "county_name": f"合成县{own}",
                        "pupils": 200,
                        "special_education_pupils": 10,
                        **row("finance_county", measure, times),
                    }
                ],
            )
            due.append((measure, own))
        table(
            office.landing,
            "gap_prices",
            2024,
            county,
            [{"gap_indicator": "R4", "school_stage": "小学", "price_yuan": 2_500 * times, "price_source": "合成价目"}],
        )
        due += [(measure, county) for _, measure in wrong] + [
            (m, county) for m in ("equipment_value_yuan", "fixed_assets_yuan", "sports_ground_area_m2", "price_yuan")
        ]
    sixty_times_last_years(office.landing)
    due.append(("capital_spending_yuan", COUNTY.format(9)))
    done = office.refresh("--as-of", "2025-02-01")
    assert done.returncode in (0, 3), done.stderr
    (office.root / "screen.txt").write_text(done.stdout, encoding="utf-8")
    (office.root / "due.csv").write_text("\n".join(f"{m},{c}" for m, c in sorted(due)), encoding="utf-8")
    return office


def due(office: Office) -> set[tuple[str, str]]:
    return {tuple(line.split(",")) for line in (office.root / "due.csv").read_text(encoding="utf-8").splitlines()}


def test_every_money_column_is_told_and_nothing_else(office: Office):
    warned = office.query(
        "select replace(check_id, 'plausible_', ''), county_code from marts.mart_quarantine where check_id like "
        "'plausible%'"
    )
    assert set(warned) == due(office)
    assert len(warned) == len(due(office))
    assert {measure for measure, _ in due(office)} >= {
        m for source in _FILLED_IN for _, m in measures_of_source(source) if measure_units()[m] == "yuan"
    }


def test_the_message_says_how_much_and_asks_for_the_unit(office: Office):
    ((zh, fix),) = office.query(
        "select message_zh, how_to_fix_zh from marts.mart_quarantine where check_id = "
        "'plausible_public_funds_budget_yuan' and county_code = ?",
        [COUNTY.format(1)],
    )
    assert "每名学生合 0.1 元，常见为 20–50000 元" in zh and "万元" in fix


def test_warnings_are_on_the_screen_and_in_the_list_of_problems(office: Office):
    screen = (office.root / "screen.txt").read_text(encoding="utf-8")
    assert f"提醒 {len(due(office))} 处" in screen and "常见为" in screen
    with (office.root / "reports" / "problems.csv").open(encoding="utf-8-sig", newline="") as lines:
        told = [line for line in csv.DictReader(lines) if line["级别"] == "提醒"]
    assert len(told) == len(due(office))


def test_every_amount_of_money_and_area_has_a_range():
    have = {row["measure"] for row in ranges()}
    amounts = {
        m for source in _FILLED_IN for _, m in measures_of_source(source) if measure_units()[m] in ("yuan", "m2")
    }
    assert amounts <= have


def test_a_figure_is_held_against_last_years(office: Office):
    """20 000 000 for 3 000 000 a year before is within what a school may have; 100 times as much is not."""
    told = office.query(
        "select check_id, year, message_zh from marts.mart_quarantine where check_id like 'plausible%' and "
        "county_code = ?",
        [COUNTY.format(9)],
    )
    assert [t[:2] for t in told] == [("plausible_capital_spending_yuan", 2024)]
    assert "是上年的 60 倍（上年 300000 元）" in told[0][2]


def test_of_a_school_whose_pupils_nobody_knows_nothing_is_unusual(tmp_path: Path):
    """Its census is missing: 2 000 000 yuan may be much or little. Of a known school, 200 pupils, it is usual."""
    home = Office(tmp_path / "home")
    listing(home.landing, 2024, [school(COUNTY.format(1), 1)], name="一览.xlsx")
    budget = {"public_funds_budget_yuan": 2e6, "training_budget_yuan": 1e5, "public_funds_approved_yuan": 2e6}
    schools = [{"school_id": f"2{COUNTY.format(1)}00{n}", "school_name": f"第{n}小学", **budget} for n in (1, 2)]
    table(home.landing, "finance_budget", 2024, COUNTY.format(1), schools)
    assert home.refresh("--as-of", "2025-02-01").returncode in (0, 3)
    told = home.query("select check_id, school_id from marts.mart_quarantine where severity = 'warn'")
    assert told == [("school_not_in_census", schools[1]["school_id"])]
