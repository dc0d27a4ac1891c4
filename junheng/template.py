"""Fill-in templates: an ``.xlsx`` per form of a source, which the night accepts back as it is."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell

from extract.common.seeds import seed
from extract.definitions.forms import Field, Form, load_form, sources
from extract.definitions.vocabulary import measure_kinds, measure_names, measure_units, spellings, unit_factors

_LONGEST_LIST = 255  # characters, in a cell's drop-down; the words of a longer one stand in hidden cells
_SEEDED = {
    "attested_indicator": ("attested_items", "indicator_code"),
    "attested_item": ("attested_items", "item"),
    "gap_indicator": ("indicators", "indicator_code"),
    "target_metric": ("target_metrics", "name_zh"),
}
_OPEN_GAPS = """
    with planned as (
        select county_code, school_id, stage, indicator_code, max(make_date(due_year, 12, 31)) as due_on
        from marts.mart_plan_step
        inner join (from marts.mart_plan where is_current and status = 'optimal')
            using (census_year, county_code, scenario)
        where scenario = 'target_year'
        group by all
    )

    select nullif(g.school_id, '') as school_id, coalesce(g.school_name, '全县') as school_name,
        g.stage as school_stage, g.indicator_code as gap_indicator,
        round(g.quantity_missing, 2) as gap_reported, g.unit as gap_unit,
        cast(g.opened_on as varchar) as gap_opened_on, g.responsible_office as office,
        g.responsible_post as office_post, cast(coalesce(max(p.due_on), any_value(g.due_date)) as varchar) as due_on,
        coalesce(g.remark, case when max(p.due_on) is not null then '期限按最小方案' end) as remark
    from marts.mart_gap_ledger as g
    left join planned as p
        on g.county_code = p.county_code and g.school_id = p.school_id and g.indicator_code = p.indicator_code
        and p.stage in (g.stage, 'all')
    where g.county_code = ? and g.status <> 'closed' and g.subject is null
    group by g.school_id, g.school_name, g.stage, g.indicator_code, g.quantity_missing, g.unit, g.opened_on,
        g.responsible_office, g.responsible_post, g.remark
    order by g.indicator_code, g.school_id, g.stage
"""
_OPEN_QUESTIONS = """
    select file_name as answered_file, concat_ws('!', sheet, cell) as answered_place, school_id, school_name,
        message_zh as found_problem, how_to_fix_zh as way_to_mend, answer as letter_answer,
        cast(answered_on as varchar) as answered_on, check_id as answered_check
    from marts.mart_quarantine where county_code = ? order by file_name, sheet, cell, check_id
"""
_SCHOOLS = """
    select c.school_id, c.school_name, c.stage as school_stage from marts.mart_school_compliance as c
    where c.county_code = ? and c.census_year = (select max(census_year) from marts.mart_school_compliance
    where county_code = ?)
    order by c.school_id, c.stage desc
"""
_ONE_LINE_EACH = (
    "finance_jz_2",
    "finance_jz_3",
    "finance_jz_7",
    "finance_budget",
    "hr_posts",
    "enrolment_zones",
    "enrolment_places",
)
_LINES_FOR_ENTRIES = 1000
_WORDS_FROM = 60  # the column from which the words of long drop-downs stand, hidden
_A4 = 9
_TITLE, _NOTE, _HEADER, _UNITS, _EXAMPLE, _FIRST = range(6)
_EXAMPLES = {
    "school_id": "2649901001",
    "county_code": "649901",
    "person": "640321199001010011",
    "date": "2025-03-01",
    "school_name": "合成第一小学",
    "county_name": "合成县",
    "year_built": "1998",
    "goal_year": "2027",
    "base_year": "2024",
    "grade": "4",
    "class_name": "四（1）班",
    "room_name": "音乐室一",
    "group_name": "合成教育集团",
    "goal_value": "100",
    "years_of_service": "12",
    "training_hours": "360",
    "class_pupils": "42",
    "room_area_m2": "96",
    "price_yuan": "2500",
    "between_school_difference": "0.12",
    "teacher_pay_yuan": "96000",
    "civil_servant_pay_yuan": "95000",
    "quota_primary_yuan": "850",
    "quota_junior_yuan": "1050",
    "evidence": "合成教发〔2025〕1号",
    "target_document": "合成县实施方案",
}
_UNIT_EXAMPLES = {"year": "2025", "%": "95", "classes": "18", "rooms": "3", "schools": "4", "times": "2"}
_KIND_ZH = {
    "count": "整数",
    "amount": "数，可有小数",
    "number": "数，可有小数",
    "text": "文字",
    "code": "代码，文本格式",
    "word": "从下拉列表选",
    "date": "日期，如 2025-03-01",
    "person": "证件号或教师编号，读入时即加密，不保存原文",
}


def write_templates(folder: Path, source: str, year: int, county: str, warehouse: Path) -> list[Path]:
    """Write one template per form of a source; return the files.

    If there is a published ``warehouse``, the ledger of remediation is filled with the county's open gaps, the letter
    on the quality of data with what was found, and tables of one line a school with its schools.

    Raises:
        ValueError: the source has no form that is filled in line by line for the year.
    """
    declared = [
        f
        for name in sources().get(source, ())
        if (f := load_form(name, year)) and f.layout == "list" and not name.endswith("_correction")
    ]
    if not declared:
        raise ValueError(source)
    folder.mkdir(parents=True, exist_ok=True)
    return [
        write(folder / f"{f.title_zh}_{county}_{year}.xlsx", f, county, _known(f, county, warehouse)) for f in declared
    ]


def _known(declared: Form, county: str, warehouse: Path) -> list[dict[str, object]]:
    """Return the lines that need not be typed."""
    if not warehouse.exists():
        return []
    if declared.source == "remediation":
        return _open_gaps(warehouse, county)
    if declared.source == "answers":
        return _open_questions(warehouse, county)
    return _schools(declared, county, warehouse) if declared.id in _ONE_LINE_EACH else []


def _schools(declared: Form, county: str, warehouse: Path) -> list[dict[str, object]]:
    """Return a line per school of the county's last census; per school and stage if the form asks for the stage."""
    import duckdb

    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.sql(_SCHOOLS, params=[county, county]).to_arrow_table().to_pylist()
    measures = {f.measure for f in declared.fields}
    if "graduates" in measures:  # of junior schools
        rows = [row for row in rows if row["school_stage"] == "junior"]
    if "school_stage" not in measures:
        rows = [*{row["school_id"]: {**row, "school_stage": None} for row in rows}.values()]
    stages = spellings()["school_stage"]
    return [
        {**row, "school_stage": stages.get(row["school_stage"])} for row in rows if row["school_stage"] != "unknown"
    ]


def _open_gaps(warehouse: Path, county: str) -> list[dict[str, object]]:
    """Return a row per open line of the ledger, as the form names its columns."""
    import duckdb

    stages = spellings()["school_stage"]
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.sql(_OPEN_GAPS, params=[county]).to_arrow_table().to_pylist()
    return [
        {**row, "school_stage": stages.get(row["school_stage"]), "gap_unit": _units_zh().get(row["gap_unit"])}
        for row in rows
    ]


def _open_questions(warehouse: Path, county: str) -> list[dict[str, object]]:
    """Return a row per value or row that was set aside or warned of, as the form names its columns."""
    import duckdb

    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.sql(_OPEN_QUESTIONS, params=[county]).to_arrow_table().to_pylist()


def write(path: Path, declared: Form, county: str, rows: Sequence[dict[str, object]] = ()) -> Path:
    """Write one template, filled with ``rows`` (measure → value as people write it) if there are any."""
    columns = list({f.figure: f for f in reversed(declared.fields)}.values())[::-1]
    with xlsxwriter.Workbook(
        str(path), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    ) as book:
        book.set_properties({"created": dt.datetime(2000, 1, 1), "title": declared.title_zh})  # same rows, same bytes
        head, needed, text, note = (
            book.add_format(f)
            for f in (
                {"bold": True, "text_wrap": True, "bg_color": "#DDEBF7", "border": 1},
                {"bold": True, "text_wrap": True, "bg_color": "#FCE4D6", "border": 1},
                {"num_format": "@"},
                {"italic": True, "font_color": "#7F7F7F"},
            )
        )
        sheet = book.add_worksheet("填报")
        sheet.write_string(
            _TITLE,
            0,
            f"{county} {declared.year}年度教育统计报表：{declared.title_zh} {declared.title_en}",
            book.add_format({"bold": True, "font_size": 14}),
        )
        sheet.write_string(
            _NOTE,
            0,
            "说明：橙色为必填栏；没有数据请留空，不要填 0；以“说明”“示例”开头的行不计入数据，可以保留；从第 6 "
            "行往下每行填一条。",
            note,
        )
        for i, column in enumerate(columns):
            sheet.write_string(_HEADER, i, column.column, needed if column.required == "yes" else head)
            sheet.write_string(_UNITS, i, ("说明：" if i == 0 else "") + _hint(column), note)
            sheet.write_string(_EXAMPLE, i, ("示例：" if i == 0 else "") + _example(column), note)
            # Excel keeps 85% typed into a number cell as 0.85: per cents are typed as text.
            is_number = measure_kinds()[column.measure] in ("count", "amount", "number") and measure_units()[
                column.measure
            ] not in ("%", "metric_unit", "fraction")
            sheet.set_column(i, i, max(12, 2 * len(column.column)), None if is_number else text)
        unseen = book.add_format({"font_color": "#FFFFFF"})
        free = _WORDS_FROM
        for i, column in enumerate(columns):
            free = _offer(sheet, column, i, free, unseen)
        free = _offer_answers(sheet, columns, free, unseen)
        sheet.set_column(_WORDS_FROM, max(free, _WORDS_FROM + 1), None, None, {"hidden": True})
        # Printed, a table is one page wide and shows its header on every page.
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(_HEADER)
        sheet.print_area(0, 0, _FIRST + max(len(rows), 20), len(columns) - 1)
        for line, row in enumerate(rows, _FIRST):
            for i, column in enumerate(columns):
                value = row.get(column.measure)
                if isinstance(value, int | float):
                    sheet.write_number(line, i, value)
                elif value is not None:
                    sheet.write_string(line, i, str(value), text)
        sheet.freeze_panes(_FIRST, 1)
    return path


def _offer_answers(sheet: xlsxwriter.worksheet.Worksheet, columns: list[Field], free: int, unseen: Format) -> int:
    """Let a finding be picked among the words of its scale only: a yes/no item takes 是 or 否, a rating takes a grade.

    Which scale it is hangs on the indicator of the line, so the words stand in hidden cells from column ``free`` on;
    returns the next free column.
    """
    places = {column.measure: i for i, column in enumerate(columns)}
    if "attested_answer" not in places:
        return free
    scales: dict[str, list[str]] = {}
    for row in seed("attested_answers"):
        scales.setdefault(row["scale"], []).append(spellings()["attested_answer"][row["answer"]])
    answers = (_FIRST, places["attested_answer"], _FIRST + _LINES_FOR_ENTRIES, places["attested_answer"])
    if "attested_indicator" not in places:
        sheet.data_validation(*answers, {"validate": "list", "source": scales["rating"]})
        return free
    ranges = {}
    for scale, choices in scales.items():
        ranges[scale], free = _hidden_words(sheet, choices, free, unseen)
    indicator = xl_rowcol_to_cell(_FIRST, places["attested_indicator"], col_abs=True)
    rated = sorted({row["indicator_code"] for row in seed("attested_items") if row["scale"] == "rating"})
    is_rated = "OR(" + ",".join(f'{indicator}="{code}"' for code in rated) + ")"
    sheet.data_validation(
        *answers, {"validate": "list", "source": f"=IF({is_rated},{ranges['rating']},{ranges['yes_no']})"}
    )
    return free


def _hidden_words(
    sheet: xlsxwriter.worksheet.Worksheet, choices: list[str], free: int, unseen: Format
) -> tuple[str, int]:
    """Write words into hidden cells from column ``free`` on; return their range and the next free column."""
    sheet.write_row(_TITLE, free, choices, unseen)
    end = free + len(choices)
    return f"{xl_rowcol_to_cell(_TITLE, free, True, True)}:{xl_rowcol_to_cell(_TITLE, end - 1, True, True)}", end


def _offer(sheet: xlsxwriter.worksheet.Worksheet, column: Field, i: int, free: int, unseen: Format) -> int:
    """Let a column take its words from a list, and show what it means; return the next free hidden column."""
    zh, en = measure_names()[column.measure]
    choices = _choices(column.measure)
    sheet.write_comment(_HEADER, i, "\n".join([zh, en, _hint(column)]))
    if not choices or column.measure == "attested_answer":
        return free
    source: list[str] | str = choices
    if len(",".join(choices)) > _LONGEST_LIST:
        words, free = _hidden_words(sheet, choices, free, unseen)
        source = f"={words}"
    sheet.data_validation(_FIRST, i, _FIRST + _LINES_FOR_ENTRIES, i, {"validate": "list", "source": source})
    return free


def _choices(measure: str) -> list[str]:
    """Return what a column may hold, if it is one of a few: words, or names that a seed lists."""
    if measure_kinds()[measure] == "word":
        return [*spellings()[measure].values()]
    if measure in _SEEDED:
        table, name = _SEEDED[measure]
        return [*dict.fromkeys(row[name] for row in seed(table) if row[name])]
    return []


def _hint(column: Field) -> str:
    """Return the unit in Chinese, else what kind of entry is wanted."""
    return column.unit or _units_zh().get(measure_units()[column.measure]) or _KIND_ZH[measure_kinds()[column.measure]]


def _units_zh() -> dict[str, str]:
    """Return unit of the warehouse → how a form writes it: the first word that changes no figure."""
    written: dict[str, str] = {"metric_unit": "按该指标的单位，如 85 或 85%", "fraction": "小数，如 0.12，或 12%"}
    for (word, unit), factor in unit_factors().items():
        if factor == 1:
            written.setdefault(unit, word)
    return written


def _example(column: Field) -> str:
    kind = measure_kinds()[column.measure]
    if column.measure in _EXAMPLES:
        return _EXAMPLES[column.measure]
    if choices := _choices(column.measure):
        return choices[0]
    if measure_units()[column.measure] in _UNIT_EXAMPLES:
        return _UNIT_EXAMPLES[measure_units()[column.measure]]
    return _EXAMPLES.get(kind) or {"count": "120", "amount": "36000", "number": "0.12", "code": "2649901001"}.get(
        kind, "合成示例"
    )
