"""Documents that an office sends or files: reports, notices, ledgers, check-ups; for Word, Excel and on paper."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from publish.pages.county import Standard
    from publish.pages.facts import Facts


@dataclass(frozen=True)
class Order:
    """What is asked for: of which county, where to, with which templates, of one school only or of all."""

    facts: "Facts"
    standard: "Standard"
    folder: Path
    templates: Path
    school: str = ""


@dataclass(frozen=True)
class Kind:
    """A kind of document: its name in Chinese, what it is, and what writes it."""

    title: str
    about_zh: str
    about_en: str
    write: Callable[[Order, dict[str, Any]], Iterator[Path]]


def write(kind: str, order: Order) -> list[Path]:
    """Write the documents of a kind; return their files, empty where there is nothing to say.

    Raises:
        ValueError: a template of the home can't be filled.
    """
    from publish.documents.content import content

    return list(KINDS[kind].write(order, content(order.facts, order.standard)))


def _self_assessment(order: Order, data: dict[str, Any]) -> Iterator[Path]:
    from publish.documents.pdf import write_pdf
    from publish.documents.word import write_word

    title = f"自评报告_{data['county_code']}_{data['assessment_year']}"
    word, pdf = order.folder / f"{title}.docx", order.folder / f"{title}.pdf"
    write_word("self-assessment", data, order.templates, word)
    yield word
    write_pdf("self-assessment", {**data, "title": "自评报告"}, pdf)
    yield pdf


def _ledger(order: Order, data: dict[str, Any]) -> Iterator[Path]:
    from publish.documents.excel import CLOSED, LEDGER, write_lists

    target = order.folder / f"整改台账_{data['county_code']}_{data['known_on']}.xlsx"
    sheets = (
        ("整改台账", _headline(data, "整改台账"), LEDGER, _of_school(data["gaps"], order)),
        ("已销号", _headline(data, "已销号缺口"), CLOSED, _of_school(data["closed"], order)),
    )
    write_lists(sheets, target)
    yield target


def _gaps(order: Order, data: dict[str, Any]) -> Iterator[Path]:
    from publish.documents.excel import LEDGER, write_lists

    sheets = [
        (group["office"], _headline(data, f"差距清单 {group['office']}"), LEDGER, rows)
        for group in data["gaps_by_office"]
        if (rows := _of_school(group["gaps"], order))
    ]
    if sheets:
        target = order.folder / f"差距清单_{data['county_code']}.xlsx"
        write_lists(sheets, target)
        yield target


def _plan(order: Order, data: dict[str, Any]) -> Iterator[Path]:
    from publish.documents.excel import PLAN, write_lists

    sheets = [
        (
            plan["scenario"],
            f"{_headline(data, '达标方案')} {plan['about']}",
            PLAN,
            _of_school(plan["steps"], order),
        )
        for plan in data["plans"]
    ]
    if sheets:
        target = order.folder / f"达标方案_{data['county_code']}.xlsx"
        write_lists(sheets, target)
        yield target


def _notices(order: Order, data: dict[str, Any]) -> Iterator[Path]:
    from publish.documents.word import write_word

    due: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for gap in _of_school(data["gaps"], order):
        if gap["needs_notice"]:
            due.setdefault((gap["school_id"], gap["school"], gap["office"]), []).append(gap)
    for number, ((school_id, school, office), gaps) in enumerate(sorted(due.items()), 1):
        target = order.folder / "限期整改通知书" / f"{number:03d}_{school_id or data['county_code']}.docx"
        addressed = data | {"school": data["county"] if school == "全县" else school, "office": office, "gaps": gaps}
        write_word("notices", addressed, order.templates, target)
        yield target


def _checkup(order: Order, data: dict[str, Any]) -> Iterator[Path]:
    from publish import words
    from publish.documents.pdf import write_pdf

    schools: dict[str, dict[str, Any]] = {}
    for row in _of_school(data["schools"], order):
        school = schools.setdefault(
            row["school_id"], {"name": row["name"], "school_id": row["school_id"], "stages": []}
        )
        school["stages"].append(row)
    if not schools:
        return
    for school in schools.values():
        school["gaps"] = [gap for gap in data["gaps"] if gap["school_id"] == school["school_id"]]
    target = order.folder / f"学校体检单_{order.school or data['county_code']}_{data['assessment_year']}.pdf"
    checked = sorted(schools.values(), key=lambda school: school["school_id"])
    write_pdf("checkup", data | {"title": "学校体检单", "checked": checked, "floor": words.floor()}, target)
    yield target


def _letters(order: Order, data: dict[str, Any]) -> Iterator[Path]:
    """Write a letter for each unit whose data were set aside or warned of; it is read when it is handed back filled."""
    from extract.definitions.forms import load_form
    from publish.documents.excel import write_lists

    declared = load_form("quality_letter", data["assessment_year"])
    assert declared
    widths = {"found_problem": 44, "way_to_mend": 36, "letter_answer": 36, "answered_file": 26}
    columns = [(f.column, f.measure, widths.get(f.measure, 14)) for f in declared.fields]
    units: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in _of_school(data["questions"], order):
        is_schools = row["who_acts"] == "school" and row["school_id"]
        unit = (row["school_id"], row["school_name"]) if is_schools else ("", data["county"])
        units.setdefault(unit, []).append(row)
    for (school_id, name), rows in sorted(units.items()):
        target = order.folder / "数据质量函" / f"数据质量函_{school_id or data['county_code']}.xlsx"
        title = f"{name}：下列数据请核实、改正，逐条填写答复后交回{'（合成数据）' if data['is_synthetic'] else ''}"
        write_lists([("填报", title, columns, rows)], target)
        yield target


def _of_school(rows: list[dict[str, Any]], order: Order) -> list[dict[str, Any]]:
    return [row for row in rows if not order.school or row["school_id"] == order.school]


def _headline(data: dict[str, Any], title: str) -> str:
    synthetic = "（合成数据）" if data["is_synthetic"] else ""
    return f"{data['county']} {title}{synthetic} 截至 {data['known_on']}"


KINDS = {
    "self-assessment": Kind("自评报告", "自评报告，Word 和 PDF", "the self-assessment, Word and PDF", _self_assessment),
    "ledger": Kind("整改台账", "整改台账，Excel", "the ledger of gaps, Excel", _ledger),
    "notices": Kind(
        "限期整改通知书",
        "限期整改通知书，一校一科室一份，Word",
        "notices to mend, one per school and office, Word",
        _notices,
    ),
    "checkup": Kind("学校体检单", "学校体检单，一校一页，PDF", "one page per school, PDF", _checkup),
    "letters": Kind(
        "数据质量函",
        "数据质量函，一个单位一份，填好答复交回即读入，Excel",
        "letters on the data, one per unit, Excel",
        _letters,
    ),
    "plan": Kind("达标方案", "最小达标方案，Excel", "the least plan, Excel", _plan),
    "gaps": Kind("差距清单", "差距清单，一科室一页，Excel", "gaps by office, Excel", _gaps),
}
