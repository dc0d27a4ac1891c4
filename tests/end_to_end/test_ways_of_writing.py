"""The same table written in every way people write it: every form of every source, as .xlsx, .xls and .csv.

What changes nothing must change no value; what cannot be read must cost that cell its value, say why, and touch no
other.
"""

import random

import pytest

from extract.reading.parsed_file import ParsedFile, read_file
from tests.conftest import SOAK
from tests.ways_of_writing import FORMATS, HARMFUL, HARMLESS, ONLY_IN_WORKBOOKS, Table, list_forms, sound

YEAR = 2025
_ROUNDS = 200 if SOAK else 4
_SECRET = b"key of this test"


def read(table: Table, suffix: str, rng: random.Random) -> ParsedFile:
    return read_file(FORMATS[suffix](table, rng), table.declared.source, YEAR, _SECRET)


def values(reading: ParsedFile, table: Table) -> list[list]:
    """Return what was read of the table's rows, column by column."""
    rows = [i for i, kind in enumerate(reading.parsed.kinds) if kind == "data"]
    columns = [reading.parsed.columns[".".join(f.figure)].to_pylist() for f in table.columns]
    return [[column[i] for i in rows] for column in columns]


def problems(reading: ParsedFile) -> set[tuple]:
    data = {line for line, kind in zip(reading.parsed.lines, reading.parsed.kinds, strict=True) if kind == "data"}
    return {
        (measure, problem) for line, _, measure, _, problem in reading.parsed.cell_issues if problem and line in data
    }


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("name", list_forms(YEAR))
def test_ways_that_change_nothing(name: str, suffix: str):
    plain = sound(name, YEAR)
    reading = read(plain, "xlsx", random.Random(0))
    expected = values(reading, plain)
    assert not reading.findings and not problems(reading) and all(None not in column for column in expected)
    ways = [way for way in HARMLESS if suffix != "csv" or way.__name__ not in ONLY_IN_WORKBOOKS]
    for round_ in range(_ROUNDS * len(ways)):
        rng = random.Random(f"{name} {suffix} {round_}")
        table = sound(name, YEAR)
        chosen = {ways[round_ % len(ways)], *rng.sample(ways, rng.randrange(2))}
        for way in sorted(chosen, key=ways.index):
            way(table, rng)
        reading = read(table, suffix, rng)
        done = [way.__name__ for way in chosen]
        assert not reading.findings, (done, reading.findings)
        assert not problems(reading), done
        assert values(reading, table) == expected, done
        assert len(reading.parsed.rows) == reading.rows_in == 3 + len(table.below) + (table.between is not None), done


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("name", list_forms(YEAR))
def test_what_cannot_be_read_costs_its_cell_and_no_other(name: str, suffix: str):
    expected = values(read(sound(name, YEAR), "xlsx", random.Random(0)), sound(name, YEAR))
    ways = [way for way in HARMFUL if suffix != "csv" or way not in ONLY_IN_WORKBOOKS]
    for round_ in range(_ROUNDS * len(ways)):
        rng = random.Random(f"{name} {suffix} {round_}")
        table = sound(name, YEAR)
        due = HARMFUL[ways[round_ % len(ways)]](table, rng)
        if not due:
            continue
        reading = read(table, suffix, rng)
        assert not reading.findings, (due, reading.findings)
        found = values(reading, table)
        assert problems(reading) == {
            (table.columns[column].measure, problem) for (_, column), problem in due.items()
        }, due
        for column, own in enumerate(found):
            assert own == [None if (row, column) in due else value for row, value in enumerate(expected[column])], (
                due,
                column,
            )
