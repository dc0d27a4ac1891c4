"""Findings as people read them: which cell of which school, what is wrong, how to mend it."""

from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa

from expectations.plausible import BILINGUAL
from expectations.suite import load, suites
from extract.common.seeds import seed
from extract.definitions.forms import measures_of_source, sources
from extract.definitions.vocabulary import measure_names, spellings

if TYPE_CHECKING:
    import duckdb

FINDINGS = pa.schema(
    [
        *[pa.field(n, pa.string()) for n in ("source", "form")],
        pa.field("year", pa.int32()),
        *[pa.field(n, pa.string()) for n in ("county_code", "file_sha256")],
        pa.field("row", pa.int32()),
        *[
            pa.field(n, pa.string())
            for n in (
                "school_id",
                "school_name",
                "check_id",
                "severity",
                "sheet",
                "cell",
                "found",
                "expected",
                "who_acts",
                "message_zh",
                "message_en",
                "how_to_fix_zh",
                "how_to_fix_en",
            )
        ],
    ]
)


def describe(connection: "duckdb.DuckDBPyConnection") -> pa.Table:
    """Return the findings with their place, their school, and the words for a person."""
    names = " union all ".join(_names(source) for source in sources())
    found = connection.sql(f"""
        with names as ({names}),
        -- Filled columns that nobody declared: a total may count them.
        undeclared as (
            select source, year, file_sha256, split_part(cell, '!', 1) as sheet,
                string_agg(distinct name || ' ' || cell, '、' order by name || ' ' || cell) as undeclared
            from ignored where what = 'column' and is_filled and file_sha256 in (select file_sha256 from findings)
            group by all
        ),
        -- Where a list lacks the column that a check speaks of, its first column stands for the row.
        firsts as (
            select source, year, file_sha256,
                min_by(struct_pack(sheet, column_letter, is_hidden), (length(column_letter), column_letter)) as first
            from cell_locations
            where line is null and column_letter is not null
                and file_sha256 in (select file_sha256 from findings)
            group by all
        ),
        placed as (
            select f.*,
                case when p.column_letter is null and w.first is not null then w.first
                    else struct_pack(sheet := p.sheet, column_letter := p.column_letter, is_hidden := p.is_hidden)
                end as place,
                p.line
            from findings as f
            left join cell_locations as p using (source, year, file_sha256, stage, measure)
            left join firsts as w using (source, year, file_sha256)
        )
        select f.* exclude (place, line), u.undeclared,
            f.place.sheet || case when f.place.is_hidden then '（隐藏的工作表 hidden sheet）' else '' end as sheet,
            case when f.place.column_letter is not null
                then f.place.column_letter || coalesce(f.line, f.row) end as cell,
            s.school_id, s.school_name
        from placed as f
        left join names as s using (source, year, file_sha256, row)
        left join undeclared as u on f.source = u.source and f.year = u.year and f.file_sha256 = u.file_sha256
            and f.place.sheet = u.sheet
        order by all
    """).to_arrow_table()
    checks = {c.id: c for suite in suites() for c in load(suite)}
    rows = []
    for row in found.to_pylist():
        check = checks[row["check_id"]]
        found_zh, _, found_en = (row["found"] or "").partition(BILINGUAL)
        facts = {"expected": row["expected"] or ""}
        if check.problem == "word_not_known":
            facts["expected"] = "、".join(spellings()[row["measure"]].values())
        column_zh, column_en = measure_names()[row["measure"]]
        first_zh, first_en = _UNDECLARED if check.is_total and row["undeclared"] else ("", "")
        rows.append(
            {
                **{k: row[k] for k in FINDINGS.names if k in row},
                "severity": check.severity,
                "who_acts": check.who_acts,
                "message_zh": first_zh.format(row["undeclared"])
                + _said(check.zh, found_zh, "空白", column=_stage_zh(row["stage"]) + column_zh, **facts),
                "message_en": first_en.format(row["undeclared"])
                + _said(check.en, found_en or found_zh, "blank", column=f"{column_en}, {row['stage']}", **facts),
                "how_to_fix_zh": check.fix_zh,
                "how_to_fix_en": check.fix_en,
            }
        )
    return pa.Table.from_pylist(rows, FINDINGS)


def _said(words: str, found: str, blank: str, **facts: str) -> str:
    """Return a message; of a cell that shows nothing, what it shows is left out where it stands at the end."""
    if not found:
        words = words.replace("：“{found}”。", "。").replace(": “{found}”.", ".")
    return words.format(found=found or blank, **facts)


_UNDECLARED = (
    "表中还有填了数、但系统不认识的栏目（{}），合计可能包含它。",
    "The table has filled columns that are not declared ({}); the total may count them. ",
)


@cache
def _stage_zh(stage: str) -> str:
    return next(r["name_zh"] for r in seed("code_lists") if (r["list"], r["code"]) == ("stage", stage))


def _names(source: str) -> str:
    """Return SQL for what a line of a source is about: a school, or a figure."""

    def first(*measures: str) -> str:
        columns = [f'"all.{m}"' for m in measures if ("all", m) in measures_of_source(source)]
        return f"coalesce({', '.join([*columns, 'null'])})"

    return f"""
        select '{source}' as source, year, file_sha256, row, {first("school_id")} as school_id,
            {first("school_name", "metric_name_zh")} as school_name
        from {source}_lines where file_sha256 in (select file_sha256 from findings)
    """
