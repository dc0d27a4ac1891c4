"""What real files are like: every kind of dirt, and what a file with it must lead to.

Dirt is put either into one school's figures before a file is written, or into the file's bytes afterwards.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from junheng.synthetic.county import Figures

_ANOTHER_COUNTY = ("640122", "贺兰县")


@dataclass(frozen=True)
class Formula:
    """A cell that holds a formula, and the result stored beside it (None: never calculated)."""

    text: str
    stored: Any


@dataclass(frozen=True)
class Dirt:
    """One kind of dirt.

    ``status`` and ``reason`` are what the last step of the file's outcome must say: a refusal's code, or the
    check that set something aside or warned. ``forms`` are those it can occur in: workbook, list (as ``.xlsx``), csv.
    """

    kind: str
    status: str
    reason: str = ""
    forms: tuple[str, ...] = ("workbook", "list", "csv")
    figures: Callable[[list[Figures]], None] | None = None
    content: Callable[[bytes], bytes] | None = None
    suffix: str = ""
    year_shift: int = 0
    least_schools: int = 1


def kinds(form: str, schools: int) -> list[Dirt]:
    """Return the kinds of dirt that a form's file of so many schools may have."""
    return [dirt for dirt in ALL if form in dirt.forms and dirt.least_schools <= schools]


def _set(measure: str, change: Callable[[Any], Any], stage: str = "all") -> Callable[[list[Figures]], None]:
    def apply(schools: list[Figures]) -> None:
        schools[-1][stage, measure] = change(schools[-1][stage, measure])

    return apply


def _one_more(measure: str) -> Callable[[list[Figures]], None]:
    def apply(schools: list[Figures]) -> None:
        stage = next(s for s in ("primary", "junior") if (s, measure) in schools[-1])
        schools[-1][stage, measure] += 1

    return apply


def _twice(measure: str) -> Callable[[list[Figures]], None]:
    def apply(schools: list[Figures]) -> None:
        schools[-1]["all", measure] = schools[0]["all", measure]

    return apply


def _of_another_county(schools: list[Figures]) -> None:
    for school in schools:
        school["all", "county_code"], school["all", "county_name"] = _ANOTHER_COUNTY


def _full_width(value: object) -> str:
    return str(value).translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"})


def _with_member(name: str, content: bytes) -> Callable[[bytes], bytes]:
    def apply(workbook: bytes) -> bytes:
        out = io.BytesIO(workbook)
        with zipfile.ZipFile(out, "a") as archive:
            archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), content)
        return out.getvalue()

    return apply


@cache
def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for empty in ("[Content_Types].xml", "xl/workbook.xml"):
            archive.writestr(zipfile.ZipInfo(empty, (2000, 1, 1, 0, 0, 0)), b"")
        sheet = zipfile.ZipInfo("xl/worksheets/sheet1.xml", (2000, 1, 1, 0, 0, 0))
        archive.writestr(sheet, bytes(600_000_000), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _renamed_column(content: bytes) -> bytes:
    old, new = "办学类型", "学校类别"
    if not content.startswith(b"PK"):
        return content.replace(old.encode("gb18030"), new.encode("gb18030"))
    source, out = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in source.infolist():
            archive.writestr(member, source.read(member).replace(old.encode(), new.encode()))
    return out.getvalue()


def _as_xls(content: bytes) -> bytes:
    import python_calamine
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    for name in (source := python_calamine.load_workbook(io.BytesIO(content))).sheet_names:
        page = book.add_sheet(name)
        sheet = source.get_sheet_by_name(name)
        merged = {top: bottom for top, bottom in sheet.merged_cell_ranges or [] if top != bottom}
        for i, line in enumerate(sheet.to_python(skip_empty_area=False)):
            for j, value in enumerate(line):
                if (i, j) in merged:
                    page.write_merge(i, merged[i, j][0], j, merged[i, j][1], value)
                elif value != "":
                    page.write(i, j, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


_ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "EncryptedPackage".encode("utf-16-le")

ALL = (
    # taken as they are
    Dirt("full_width_digits", "in_force", figures=_set("books", _full_width)),
    Dirt("number_as_text", "in_force", figures=_set("books", str)),
    Dirt("thousands_separators", "in_force", figures=_set("books", "{:,}".format)),
    Dirt("dash_for_missing", "in_force", figures=_set("multimedia_rooms", lambda _: "—")),
    Dirt("word_for_missing", "in_force", figures=_set("digital_terminals", lambda _: "无")),
    Dirt("renamed_school", "in_force", figures=_set("school_name", "{}（更名）".format)),
    Dirt("two_schools_of_one_name", "in_force", forms=("list", "csv"), figures=_twice("school_name"), least_schools=2),
    Dirt(
        "stored_formula", "in_force", forms=("workbook", "list"), figures=_set("books", lambda n: Formula(f"={n}+0", n))
    ),
    Dirt(
        "macros",
        "in_force",
        forms=("workbook", "list"),
        content=_with_member("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0"),
        suffix="xlsm",
    ),
    Dirt("old_excel", "in_force", forms=("workbook", "list"), content=_as_xls, suffix="xls"),
    Dirt("utf8", "in_force", forms=("csv",), content=lambda c: c.decode("gb18030").encode()),
    Dirt("utf8_with_mark", "in_force", forms=("csv",), content=lambda c: c.decode("gb18030").encode("utf-8-sig")),
    Dirt(
        "yuan_for_ten_thousand_yuan",
        "in_force",
        "plausible_equipment_value_yuan",
        figures=_set("equipment_value_yuan", lambda n: n * 10000),
    ),
    # partly set aside
    Dirt("not_a_number", "quarantined", "cells_not_a_number", figures=_set("books", "约{}册".format)),
    Dirt("negative", "quarantined", "cells_negative", figures=_set("books", lambda n: -n)),
    Dirt("not_whole", "quarantined", "cells_not_whole", figures=_set("multimedia_rooms", lambda n: n + 0.5)),
    Dirt(
        "error_value",
        "quarantined",
        "cells_error_value",
        forms=("workbook", "list"),
        figures=_set("books", lambda _: Formula("=1/0", "#DIV/0!")),
    ),
    Dirt(
        "formula_never_calculated",
        "quarantined",
        "cells_formula_without_value",
        forms=("workbook", "list"),
        figures=_set("books", lambda n: Formula(f"={n}+0", None)),
    ),
    Dirt(
        "pupils_are_not_their_grades",
        "quarantined",
        "pupils_equal_grades",
        forms=("workbook",),
        figures=_one_more("pupils"),
    ),
    Dirt("classes_are_not_their_sizes", "quarantined", "classes_equal_size_bins", figures=_one_more("classes")),
    Dirt(
        "lost_leading_digit",
        "quarantined",
        "school_id_ten_digits",
        forms=("list", "csv"),
        figures=_set("school_id", lambda code: int(code[1:])),
    ),
    Dirt(
        "code_twice",
        "quarantined",
        "school_id_unique",
        forms=("list", "csv"),
        figures=_twice("school_id"),
        least_schools=2,
    ),
    Dirt(
        "unknown_type",
        "quarantined",
        "school_type_known",
        forms=("list", "csv"),
        figures=_set("school_type", lambda _: "学堂"),
    ),
    # refused
    Dirt(
        "lost_leading_digit_in_workbook",
        "refused",
        "bad_school_id",
        forms=("workbook",),
        figures=_set("school_id", lambda code: code[1:]),
    ),
    Dirt(
        "unknown_type_in_workbook",
        "refused",
        "word_not_known",
        forms=("workbook",),
        figures=_set("school_type", lambda _: "学堂"),
    ),
    Dirt("another_county", "refused", "wrong_county", forms=("workbook",), figures=_of_another_county),
    Dirt("another_countys_list", "refused", "county_name_conflict", forms=("list", "csv"), figures=_of_another_county),
    Dirt("last_years_file", "refused", "wrong_year", year_shift=-1),
    Dirt("renamed_column", "refused", "column_not_as_declared", forms=("list", "csv"), content=_renamed_column),
    Dirt("cut_in_half", "refused", "unreadable", forms=("workbook", "list"), content=lambda c: c[: len(c) // 2]),
    Dirt("password", "refused", "encrypted", content=lambda _: _ENCRYPTED),
    Dirt("unpacks_to_600_mb", "refused", "too_large", forms=("workbook", "list"), content=lambda _: _bomb()),
    Dirt(
        "web_page",
        "refused",
        "saved_as_web_page",
        content=lambda _: b"<html><table><tr><td>1</td></tr></table></html>",
        suffix="xls",
    ),
    Dirt("empty", "refused", "empty_file", content=lambda _: b""),
    # delivered again under another name
    Dirt("same_file_twice", "duplicate"),
)
