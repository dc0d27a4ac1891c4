"""Fill-in templates: an ``.xlsx`` per form of a source, which the night accepts back as it is."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell

from extract.forms import SEEDS, Field, Form, form, measure_kinds, measure_names, measure_units, read_csv, sources, spellings

_LONGEST_LIST = 255  # characters, in a cell's drop-down; a longer list stands in the heading's note
_SEEDED = {"attested_indicator": ("attested_items", "indicator_code"), "attested_item": ("attested_items", "item"), "gap_indicator": ("indicators", "indicator_code"), "target_metric": ("target_metrics", "name_zh")}
_UNITS_ZH = {"persons": "人", "rooms": "间", "m2": "平方米", "yuan": "元"}
_OPEN_GAPS = """
    select nullif(school_id, '') as school_id, coalesce(school_name, '全县') as school_name, stage as school_stage, indicator_code as gap_indicator,
        round(quantity_missing, 2) as gap_reported, unit as gap_unit, cast(opened_on as varchar) as gap_opened_on,
        responsible_office as office, responsible_post as office_post, cast(due_date as varchar) as due_on, remark
    from marts.mart_gap_ledger where county_code = ? and status <> 'closed' and subject is null
    order by indicator_code, school_id, stage
"""
_LINES_FOR_ENTRIES = 1000
_ANSWERS_FROM = 60  # the column from which the words of findings stand, hidden
_TITLE, _NOTE, _HEADER, _UNITS, _EXAMPLE, _FIRST = range(6)
_EXAMPLES = {"school_id": "2649901001", "county_code": "649901", "person": "640321199001010011", "date": "2025-03-01"}
_KIND_ZH = {"count": "整数", "amount": "数，可有小数", "number": "数，可有小数", "text": "文字", "code": "代码，文本格式", "word": "从下拉列表选", "date": "日期，如 2025-03-01", "person": "证件号或教师编号，读入时即加密，不保存原文"}


def write_templates(folder: Path, source: str, year: int, county: str, warehouse: Path) -> list[Path]:
    """Write one template per form of a source; return the files.

    The ledger of remediation is filled with the county's open gaps, if there is a published ``warehouse``.

    Raises:
        ValueError: the source has no form that is filled in line by line for the year.
    """
    declared = [f for name in sources().get(source, ()) if (f := form(name, year)) and f.layout == "list" and not name.endswith("_correction")]
    if not declared:
        raise ValueError(source)
    folder.mkdir(parents=True, exist_ok=True)
    rows = _open_gaps(warehouse, county) if source == "remediation" and warehouse.exists() else ()
    return [write(folder / f"{f.title_zh}_{county}_{year}.xlsx", f, county, rows) for f in declared]


def _open_gaps(warehouse: Path, county: str) -> list[dict[str, object]]:
    """Return a row per open line of the ledger, as the form names its columns."""
    import duckdb

    stages = spellings()["school_stage"]
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(_OPEN_GAPS, [county]).to_arrow_table().to_pylist()
    return [{**row, "school_stage": stages.get(row["school_stage"]), "gap_unit": _UNITS_ZH.get(row["gap_unit"])} for row in rows]


def write(path: Path, declared: Form, county: str, rows: Sequence[dict[str, object]] = ()) -> Path:
    """Write one template, filled with ``rows`` (measure → value as people write it) if there are any."""
    columns = list({f.key: f for f in reversed(declared.fields)}.values())[::-1]
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        book.set_properties({"created": dt.datetime(2000, 1, 1), "title": declared.title_zh})  # same rows, same bytes
        head, needed, text, note = (book.add_format(f) for f in ({"bold": True, "text_wrap": True, "bg_color": "#DDEBF7", "border": 1}, {"bold": True, "text_wrap": True, "bg_color": "#FCE4D6", "border": 1}, {"num_format": "@"}, {"italic": True, "font_color": "#7F7F7F"}))
        sheet = book.add_worksheet("填报")
        sheet.write_string(_TITLE, 0, f"{county} {declared.year}年度教育统计报表：{declared.title_zh} {declared.title_en}", book.add_format({"bold": True, "font_size": 14}))
        sheet.write_string(_NOTE, 0, "说明：橙色为必填栏；没有数据请留空，不要填 0；以“说明”“示例”开头的行不计入数据，可以保留；从第 6 行往下每行填一条。", note)
        for i, column in enumerate(columns):
            sheet.write_string(_HEADER, i, column.column, needed if column.required == "yes" else head)
            sheet.write_string(_UNITS, i, ("说明：" if i == 0 else "") + _hint(column), note)
            sheet.write_string(_EXAMPLE, i, ("示例：" if i == 0 else "") + _example(column), note)
            is_number = measure_kinds()[column.measure] in ("count", "amount", "number")
            sheet.set_column(i, i, max(12, 2 * len(column.column)), None if is_number else text)
            _offer(sheet, column, i)
        _offer_answers(sheet, columns, book.add_format({"font_color": "#FFFFFF"}))
        for line, row in enumerate(rows, _FIRST):
            for i, column in enumerate(columns):
                value = row.get(column.measure)
                if isinstance(value, int | float):
                    sheet.write_number(line, i, value)
                elif value is not None:
                    sheet.write_string(line, i, str(value), text)
        sheet.freeze_panes(_FIRST, 1)
    return path


def _offer_answers(sheet: xlsxwriter.worksheet.Worksheet, columns: list[Field], unseen: Format) -> None:
    """Let a finding be picked among the words of its scale only: a yes/no item takes 是 or 否, a rating takes a grade.

    Which scale it is hangs on the indicator of the line, so the words stand in cells far to the right of the title.
    """
    places = {column.measure: i for i, column in enumerate(columns)}
    if "attested_answer" not in places:
        return
    scales: dict[str, list[str]] = {}
    for row in read_csv(SEEDS / "attested_answers.csv"):
        scales.setdefault(row["scale"], []).append(spellings()["attested_answer"][row["answer"]])
    answers = (_FIRST, places["attested_answer"], _FIRST + _LINES_FOR_ENTRIES, places["attested_answer"])
    if "attested_indicator" not in places:
        sheet.data_validation(*answers, {"validate": "list", "source": scales["rating"]})
        return
    ranges, column = {}, _ANSWERS_FROM
    for scale, choices in scales.items():
        sheet.write_row(_TITLE, column, choices, unseen)
        ranges[scale] = f"{xl_rowcol_to_cell(_TITLE, column, True, True)}:{xl_rowcol_to_cell(_TITLE, column + len(choices) - 1, True, True)}"
        column += len(choices)
    sheet.set_column(_ANSWERS_FROM, column - 1, None, None, {"hidden": True})
    indicator = xl_rowcol_to_cell(_FIRST, places["attested_indicator"], col_abs=True)
    rated = sorted({row["indicator_code"] for row in read_csv(SEEDS / "attested_items.csv") if row["scale"] == "rating"})
    is_rated = "OR(" + ",".join(f'{indicator}="{code}"' for code in rated) + ")"
    sheet.data_validation(*answers, {"validate": "list", "source": f"=IF({is_rated},{ranges['rating']},{ranges['yes_no']})"})


def _offer(sheet: xlsxwriter.worksheet.Worksheet, column: Field, i: int) -> None:
    """Let a column take its words from a list, and show what it means."""
    zh, en = measure_names()[column.measure]
    choices = _choices(column.measure)
    fits = len(",".join(choices)) <= _LONGEST_LIST
    sheet.write_comment(_HEADER, i, "\n".join([zh, en, _hint(column), *([] if fits else choices)]))
    if choices and fits and column.measure != "attested_answer":
        sheet.data_validation(_FIRST, i, _FIRST + _LINES_FOR_ENTRIES, i, {"validate": "list", "source": choices})


def _choices(measure: str) -> list[str]:
    """Return what a column may hold, if it is one of a few: words, or names that a seed lists."""
    if measure_kinds()[measure] == "word":
        return [*spellings()[measure].values()]
    if measure in _SEEDED:
        seed, name = _SEEDED[measure]
        return [*dict.fromkeys(row[name] for row in read_csv(SEEDS / f"{seed}.csv") if row[name])]
    return []


def _hint(column: Field) -> str:
    return column.unit or measure_units()[column.measure] or _KIND_ZH[measure_kinds()[column.measure]]


def _example(column: Field) -> str:
    kind = measure_kinds()[column.measure]
    if choices := _choices(column.measure):
        return choices[0]
    return _EXAMPLES.get(column.measure) or _EXAMPLES.get(kind) or {"count": "120", "amount": "36000", "number": "0.12"}.get(kind, "合成示例")
