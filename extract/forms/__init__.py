"""Form definitions: the shape of each source file, per year, as data beside this module."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path

import yaml

from extract.common.seeds import read_csv, seed, seed_path
from extract.text import label

HERE = Path(__file__).parent

NUMERIC_KINDS = {"count", "amount", "number"}


@dataclass(frozen=True, eq=False)
class Field:
    """One declared value of a form: which measure it feeds and how its cell is recognised.

    ``line``/``number`` name the line and ``column`` the header path of a workbook's cell;
    a list has only ``column``. ``required`` is ``yes``, ``no`` or ``stage`` (required when a
    school in the file must report that stage). ``measure`` is empty for declared non-data.
    """

    stage: str
    measure: str
    column: str
    required: str
    unit: str = ""
    sheet: str = ""
    line: str = ""
    number: str = ""
    address: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Return what the value is: (stage, measure)."""
        return self.stage, self.measure


@dataclass(frozen=True)
class Sheet:
    """One declared sheet of a workbook form."""

    sheet: str
    title_zh: str
    stage: str
    required: bool


@dataclass(frozen=True)
class Form:
    """A form as it stands in one year."""

    form: str
    source: str
    layout: str
    title_zh: str
    title_en: str
    year: int
    fields: tuple[Field, ...]
    sheets: tuple[Sheet, ...] = ()
    identity_sheet: str = ""
    key: str = ""
    name: str = ""

    @cached_property
    def fields_by_sheet(self) -> dict[str, list[Field]]:
        """Return sheet → its fields, in the order declared."""
        grouped: dict[str, list[Field]] = {}
        for field in self.fields:
            grouped.setdefault(field.sheet, []).append(field)
        return grouped

    @property
    def is_complete(self) -> bool:
        """Tell whether every line is known by its label, so that cells can be trusted."""
        return self.layout == "list" or all(field.line for field in self.fields)


@dataclass(frozen=True)
class Conventions:
    """What holds for every file: limits, and the patterns of titles, totals and signatures."""

    limits: dict[str, int]
    cumulative_sources: frozenset[str]
    sheet_number: re.Pattern
    sheet_school_id: re.Pattern
    title_block: re.Pattern
    stated_year: tuple[re.Pattern, ...]
    explaining_row: re.Pattern
    total_row: re.Pattern
    subtotal_row: re.Pattern
    signature_row: re.Pattern
    note_row: re.Pattern


class DefinitionError(ValueError):
    """A definition that cannot be used: says in which file and line, and what would be right."""


def read_yaml(path: Path) -> dict:
    """Return a definition file. libyaml reads it, several times as fast as Python would."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


@cache
def conventions() -> Conventions:
    """Return the conventions of ``conventions.yml`` with their patterns compiled."""
    raw = read_yaml(HERE / "conventions.yml")
    limits, cumulative = raw.pop("limits"), frozenset(raw.pop("cumulative_sources"))
    years = tuple(re.compile(p) for p in raw.pop("stated_year"))
    patterns = {k: re.compile("|".join(v) if isinstance(v, list) else v) for k, v in raw.items()}
    return Conventions(limits=limits, cumulative_sources=cumulative, stated_year=years, **patterns)


@cache
def measure_kinds() -> dict[str, str]:
    """Return measure → kind (count, amount, number, text, code, word, date)."""
    return {row["measure"]: row["kind"] for row in seed("measures")}


def require_measure(measure: str, place: str) -> None:
    """Check that a measure is declared.

    Raises:
        DefinitionError: it is not; names the place and the nearest declared measure.
    """
    if measure not in measure_kinds():
        near = difflib.get_close_matches(measure, measure_kinds(), 1)
        hint = f"，是不是 {near[0]} (did you mean {near[0]})" if near else ""
        raise DefinitionError(
            f"{place}: 数据项 {measure} 没有在 dbt_project/seeds/sources/measures.csv 中声明{hint}。"
            f"The measure {measure} is not declared in dbt_project/seeds/sources/measures.csv."
        )


@cache
def measure_units() -> dict[str, str]:
    """Return measure → unit of the warehouse (persons, m2, yuan …)."""
    return {row["measure"]: row["unit"] for row in seed("measures")}


@cache
def measure_names() -> dict[str, tuple[str, str]]:
    """Return measure → its name in Chinese and in English, money with its unit."""
    units = {"yuan": ("（元）", " (yuan)")}
    rows = seed("measures")
    return {
        r["measure"]: tuple(
            r[f"name_{lang}"] + unit for lang, unit in zip(("zh", "en"), units.get(r["unit"], ("", "")), strict=True)
        )
        for r in rows
    }


@cache
def words() -> dict[str, dict[str, str]]:
    """Return field → {word, as ``label`` gives a cell: code}."""
    table: dict[str, dict[str, str]] = {}
    for row in read_csv(HERE / "words.csv"):
        table.setdefault(row["field"], {})[label(row["word"])] = row["code"]
    return table


@cache
def spellings() -> dict[str, dict[str, str]]:
    """Return field → {code: the word to show and to offer for it, the first declared}."""
    table: dict[str, dict[str, str]] = {}
    for row in read_csv(HERE / "words.csv"):
        table.setdefault(row["field"], {}).setdefault(row["code"], row["word"])
    return table


@cache
def unit_factors() -> dict[tuple[str, str], float]:
    """Return (unit, as ``label`` gives a cell; unit of the warehouse) → factor."""
    return {(label(r["word"]), r["unit"]): float(r["factor"]) for r in read_csv(HERE / "units.csv")}


def unit_factor(unit: str, measure: str) -> float | None:
    """Return what a figure in a unit as written is multiplied by, or None for a unit that the measure never has."""
    return unit_factors().get((label(unit), measure_units()[measure]))


@cache
def stages_of_school_types() -> dict[str, set[str]]:
    """Return school type → the stages that it must report."""
    return {
        row["school_type"]: {s for s in ("primary", "junior", "senior") if row[f"has_{s}"] == "true"}
        for row in seed("school_types")
    }


@cache
def sources() -> dict[str, tuple[str, ...]]:
    """Return source → its forms, those recognised by more columns first."""
    table: dict[str, list[str]] = {}
    for path in sorted(HERE.glob("*/form.yml")):
        raw = read_yaml(path)
        table.setdefault(raw["source"], []).append(raw["form"])
    return {source: tuple(forms) for source, forms in table.items()}


@cache
def form(name: str, year: int) -> Form | None:
    """Return a form as it stands in ``year``, or None where nothing is declared for that year."""
    raw = {k: v for k, v in _definition(name).items() if k != "columns_of"}
    table = "cells.csv" if raw["layout"] == "workbook" else "columns.csv"
    fields = [_field(row) for folder in _folders(name) for row in _in_force(_declared(folder / table), year)]
    if not fields:
        return None
    sheets = [
        Sheet(row["sheet"], row["title_zh"], row["stage"], row["required"] == "yes")
        for row in (_in_force(read_csv(HERE / name / "sheets.csv"), year) if raw["layout"] == "workbook" else ())
    ]
    return Form(year=year, fields=tuple(fields), sheets=tuple(sheets), **raw)


@cache
def measures_of_source(source: str) -> tuple[tuple[str, str], ...]:
    """Return every (stage, measure) that any form of a source reports in any year, sorted."""
    rows = (row for name in sources()[source] for row in _rows(name))
    return tuple(sorted({(row["stage"], row["measure"]) for row in rows if row["measure"]}))


@cache
def is_translated(measure: str) -> bool:
    """Tell whether a value may differ from what its cell shows: a word's code, money in another unit."""
    unit = measure_units()[measure]
    return measure_kinds()[measure] == "word" or any(
        u == unit and factor != 1 for (_, u), factor in unit_factors().items()
    )


@cache
def declared_labels() -> frozenset[str]:
    """Return every column heading that any form declares in any year, as ``label`` gives a cell."""
    return frozenset(label(row["column"]) for forms in sources().values() for name in forms for row in _rows(name)) - {
        ""
    }


def known_years(name: str) -> str:
    """Return the years a form is completely declared for, as text for a message."""
    spans = {(row["first_year"], row["last_year"]) for row in _rows(name) if row.get("line", "-")}
    return ", ".join(f"{first or '…'}–{last or '…'}" for first, last in sorted(spans)) or "-"


def definitions_hash() -> str:
    """Return one hash over every definition that decides how a file is read."""
    digest = sha256()
    files = [*HERE.rglob("*.csv"), *HERE.rglob("*.yml"), *HERE.parent.glob("*.py"), HERE / "__init__.py"]
    for path in sorted([*files, seed_path("measures"), seed_path("school_types")]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _rows(name: str) -> list[dict[str, str]]:
    tables = (folder / table for folder in _folders(name) for table in ("cells.csv", "columns.csv"))
    return [row for table in tables if table.exists() for row in _declared(table)]


def _folders(name: str) -> list[Path]:
    raw = _definition(name)
    return ([HERE / raw["columns_of"]] if "columns_of" in raw else []) + [HERE / name]


@cache
def _definition(name: str) -> dict[str, str]:
    return read_yaml(HERE / name / "form.yml")


@cache
def _declared(path: Path) -> list[dict[str, str]]:
    """Return the lines of a table of columns or cells, each of a measure that is declared."""
    rows = read_csv(path)
    for line, row in enumerate(rows, 2):
        if row["measure"]:
            require_measure(row["measure"], f"{path.relative_to(HERE.parent.parent)}:{line}")
    return rows


def _in_force(rows: list[dict[str, str]], year: int) -> Iterator[dict[str, str]]:
    for row in rows:
        if int(row["first_year"] or 0) <= year <= int(row["last_year"] or 9999):
            yield row


def _field(row: dict[str, str]) -> Field:
    return Field(**{k: v for k, v in row.items() if k not in ("first_year", "last_year")})
