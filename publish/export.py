"""One county's part of the published warehouse, in files: DuckDB and Parquet files have no row security."""

from pathlib import Path

import duckdb

from extract.common.atomic import replacing
from extract.common.spreadsheet import FORMULA_SIGNS, GUARD
from extract.common.sql import quote_text, quote_texts
from publish.comments import describe, parquet_metadata
from publish.dictionary import Column, Mart, marts
from publish.package import write_package, write_schema
from publish.warehouse import STORAGE
from publish.workbooks import write_workbook


def export(warehouse: Path, county: str, target: Path, as_csv: bool, as_xlsx: bool) -> int:
    """Write ``junheng-<county>.duckdb``, ``parquet/<mart>.parquet``, ``schema.csv`` and, if asked for,
    ``csv/<mart>.csv`` and ``xlsx/<mart>.xlsx``.

    Marts without a county (indicators, standards) are there whole.

    Returns:
        The number of rows of marts that are about the county; 0 where there is nothing, and nothing is written.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach {quote_text(warehouse)} as whole (read_only)")
        speaking = [mart for mart in marts() if _has_county(mart)]
        rows = sum(
            connection.execute(
                f"select count(*) from whole.marts.{mart.name} where county_code = ?", [county]
            ).fetchall()[0][0]
            for mart in speaking
        )
        if not rows:
            return 0
        for folder in (
            target / "parquet",
            *([target / "csv"] if as_csv else []),
            *([target / "xlsx"] if as_xlsx else []),
        ):
            folder.mkdir(parents=True, exist_ok=True)
        with replacing(target / f"junheng-{county}.duckdb") as file:
            connection.execute(f"attach {quote_text(file)} as part (storage_version '{STORAGE}')")
            connection.execute("create schema part.marts")
            for mart in marts():
                where = _cut(mart, county)
                in_order = f"{where} order by {', '.join(mart.grain)}"
                connection.execute(f"create table part.marts.{mart.name} as from whole.marts.{mart.name} {in_order}")
                _write(connection, mart, target, as_csv, as_xlsx)
            connection.execute("use part")
            describe(connection)
            connection.execute("use memory")
            connection.execute("detach part")
    write_schema(target)
    for form in ("parquet", *(["csv"] if as_csv else [])):
        files = {mart.name: [f"{mart.name}.{form}"] for mart in marts()}
        write_package(target / form, f"junheng-{county}", files, left_out={})
    return rows


def _write(connection: duckdb.DuckDBPyConnection, mart: Mart, target: Path, as_csv: bool, as_xlsx: bool) -> None:
    with replacing(target / "parquet" / f"{mart.name}.parquet") as file:
        connection.execute(
            f"copy part.marts.{mart.name} to {quote_text(file)} "
            f"(format parquet, compression zstd, {parquet_metadata(mart)})"
        )
    if as_csv:
        columns = ", ".join(_harmless(column) for column in mart.columns)
        with replacing(target / "csv" / f"{mart.name}.csv") as file:
            connection.execute(
                f"copy (select {columns} from part.marts.{mart.name}) to {quote_text(file)} (format csv, header)"
            )
            file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())  # so that Excel takes it for UTF-8
    if as_xlsx:
        write_workbook(connection, mart, f"from part.marts.{mart.name}", target / "xlsx" / f"{mart.name}.xlsx")


def _harmless(column: Column) -> str:
    """Keep a spreadsheet from running a text that came in from outside as a formula."""
    name = column.name
    if column.data_type != "varchar":
        return name
    signs = quote_texts(FORMULA_SIGNS)
    return f"case when left({name}, 1) in {signs} then {quote_text(GUARD)} || {name} else {name} end as {name}"


def _cut(mart: Mart, county: str) -> str:
    """Return what keeps a mart to one county; a row about several counties is for none of them alone."""
    column = next((c.name for c in mart.columns if c.name in ("county_code", "county_codes")), None)
    return f"where {column} = {quote_text(county)}" if column else ""


def _has_county(mart: Mart) -> bool:
    return any(column.name == "county_code" for column in mart.columns)
