"""Measures, their units, and the words of codes: what a cell may say, whatever form it stands in."""

from functools import cache
from pathlib import Path

from extract.common.seeds import read_csv, seed
from extract.common.text import label
from extract.definitions.errors import DefinitionError, nearest

_VOCABULARY = Path(__file__).resolve().parent.parent / "vocabulary"
WORDS, UNITS = _VOCABULARY / "words.csv", _VOCABULARY / "units.csv"
NUMERIC_KINDS = {"count", "amount", "number"}


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
        zh, en = nearest(measure, measure_kinds())
        raise DefinitionError(
            f"{place}: 数据项 {measure} 没有在 dbt_project/seeds/sources/measures.csv 中声明{zh}。"
            f"The measure {measure} is not declared in dbt_project/seeds/sources/measures.csv{en or '.'}"
        )


@cache
def measure_units() -> dict[str, str]:
    """Return measure → unit of the warehouse (persons, m2, yuan …)."""
    return {row["measure"]: row["unit"] for row in seed("measures")}


@cache
def measure_names() -> dict[str, tuple[str, str]]:
    """Return measure → its name in Chinese and in English, money with its unit."""
    units = {"yuan": ("（元）", " (yuan)")}
    return {
        row["measure"]: (row["name_zh"] + unit[0], row["name_en"] + unit[1])
        for row in seed("measures")
        for unit in (units.get(row["unit"], ("", "")),)
    }


@cache
def words() -> dict[str, dict[str, str]]:
    """Return field → {word, as ``label`` gives a cell: code}."""
    table: dict[str, dict[str, str]] = {}
    for row in read_csv(WORDS):
        table.setdefault(row["field"], {})[label(row["word"])] = row["code"]
    return table


@cache
def spellings() -> dict[str, dict[str, str]]:
    """Return field → {code: the word to show and to offer for it, the first declared}."""
    table: dict[str, dict[str, str]] = {}
    for row in read_csv(WORDS):
        table.setdefault(row["field"], {}).setdefault(row["code"], row["word"])
    return table


@cache
def unit_factors() -> dict[tuple[str, str], float]:
    """Return (unit, as ``label`` gives a cell; unit of the warehouse) → factor."""
    return {(label(row["word"]), row["unit"]): float(row["factor"]) for row in read_csv(UNITS)}


def unit_factor(unit: str, measure: str) -> float | None:
    """Return what a figure in a unit as written is multiplied by, or None for a unit that the measure never has."""
    return unit_factors().get((label(unit), measure_units()[measure]))


@cache
def is_translated(measure: str) -> bool:
    """Tell whether a value may differ from what its cell shows: a word's code, money in another unit."""
    unit = measure_units()[measure]
    return measure_kinds()[measure] == "word" or any(
        u == unit and factor != 1 for (_, u), factor in unit_factors().items()
    )


@cache
def stages_of_school_types() -> dict[str, set[str]]:
    """Return school type → the stages that it must report."""
    return {
        row["school_type"]: {s for s in ("primary", "junior", "senior") if row[f"has_{s}"] == "true"}
        for row in seed("school_types")
    }
