"""The bronze tables as DuckDB sees them: SQL over their Parquet files."""

from pathlib import Path
from typing import TYPE_CHECKING

from extract.bronze.partition import schemas
from extract.common.seeds import seed
from extract.common.sql import quote_text
from extract.definitions.forms import measures_of_source, source_declarations, sources
from extract.definitions.vocabulary import NUMERIC_KINDS, is_translated, measure_kinds

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


def tables() -> dict[str, "pa.Schema"]:
    """Return bronze table → schema: lines by source, and what every source has."""
    return {name: schema for source in sources() for name, schema in schemas(source).items()}


def views(bronze: Path) -> dict[str, str]:
    """Return bronze view → its SQL: every table, lines cell by cell, and lines with their cells in a list.

    ``<source>_cells`` has a row per value: source, year, file_sha256, row, kind, stage, measure, number, text.
    ``lines_with_cells`` has a row per line of every source whose cells are listed for people, with all its values but
    persons' numbers: source, year, file_sha256, row, kind, school_id, cells (measure, number, text, written).
    """
    selects = {name: f"select * from read_parquet({quote_text(bronze / name / '*.parquet')})" for name in tables()}
    lines = {source: selects[f"{source}_lines"] for source in sources()}
    cells = {f"{source}_cells": _cells(source, lines[source]) for source in sources()}
    listed = [source for source, declared in source_declarations().items() if declared.has_cell_lineage]
    by_line = " union all ".join(_by_line(source, lines[source]) for source in listed)
    return selects | cells | {"lines_with_cells": by_line}


def views_of_counties(bronze: Path, partitions: list[str]) -> dict[str, str]:
    """Return bronze table → SQL of some partitions, of those tables that grow with a nation's census.

    Args:
        bronze: the folder.
        partitions: names of files without their endings, as ``partitions_of`` returns them.
    """
    selects = {}
    for table in ("census_lines", "cell_locations", "cell_issues", "rows"):
        files = [bronze / table / f"{name}.parquet" for name in partitions]
        listed = ", ".join(quote_text(file) for file in files if file.exists())
        selects[table] = (
            f"select * from read_parquet([{listed}])"
            if listed
            else f"select * from read_parquet({quote_text(bronze / table / '*.parquet')}) where false"
        )
    return selects


def partitions_of(connection: "duckdb.DuckDBPyConnection", bronze: Path, deliveries: str, counties: str) -> list[str]:
    """Return the partitions that hold what some counties delivered, or what was delivered in their name.

    Args:
        connection: has the relations below.
        bronze: the folder.
        deliveries: relation of the deliveries.
        counties: relation of the counties, one column.
    """
    parsed = quote_text(bronze / "parsed_files" / "*.parquet")
    found = connection.execute(f"""
        select distinct parse_filename(filename, true) from read_parquet({parsed}, filename = true)
        where file_sha256 in (
            select file_sha256 from {deliveries}
            where county_code in (from {counties}) or named_county_code in (from {counties})
        )
        order by all
    """).fetchall()
    return [name for (name,) in found]


def indicator_figures(lines: str) -> str:
    """Return the SQL of the census lines reduced to the figures that indicators are made of.

    Args:
        lines: SQL of the census lines.
    """
    wanted = {(r["measure_stage"], r["measure"]) for r in seed("indicator_measures")} | {
        (s, "pupils") for s in ("primary", "junior", "senior")
    }
    columns = ", ".join(f'"{s}.{m}"' for s, m in sorted(wanted))
    return f"select year, file_sha256, row, {columns} from ({lines})"


def connect(bronze: Path, database: str = ":memory:") -> "duckdb.DuckDBPyConnection":
    """Return a DuckDB connection with one view per bronze table."""
    import duckdb

    connection = duckdb.connect(database)
    for name, select in views(bronze).items():
        connection.execute(f"create or replace view {name} as {select}")
    return connection


def _cells(source: str, lines: str) -> str:
    owner = "source, year, file_sha256, row, kind"
    parts = []
    for is_number in (True, False):
        columns = [
            f'"{s}.{m}"' for s, m in measures_of_source(source) if (measure_kinds()[m] in NUMERIC_KINDS) == is_number
        ]
        if not columns:
            continue
        value = (
            "value as number, cast(null as varchar) as text"
            if is_number
            else "cast(null as double) as number, value as text"
        )
        own = f"select {owner}, {', '.join(columns)} from ({lines})"
        unpivoted = f"unpivot ({own}) on {', '.join(columns)} into name name value value"
        parts.append(
            f"select {owner}, split_part(name, '.', 1) as stage, split_part(name, '.', 2) as measure, {value} "
            f"from ({unpivoted})"
        )
    return " union all ".join(parts)


def _by_line(source: str, lines: str) -> str:
    entries = []
    for stage, measure in measures_of_source(source):
        if measure == "person":
            continue
        column, is_number = f'"{stage}.{measure}"', measure_kinds()[measure] in NUMERIC_KINDS
        number, text = (column, "null") if is_number else ("null", column)
        written = f'"{stage}.{measure}.written"' if is_translated(measure) else "null"
        entries.append(
            f"struct_pack(measure := '{measure}', number := cast({number} as double), text := cast({text} as "
            f"varchar), written := cast({written} as varchar))"
        )
    school = '"all.school_id"' if ("all", "school_id") in measures_of_source(source) else "cast(null as varchar)"
    cells = f"list_filter([{', '.join(entries)}], lambda cell: cell.number is not null or cell.text is not null)"
    return f"select source, year, file_sha256, row, kind, {school} as school_id, {cells} as cells from ({lines})"
