"""A warehouse of one county with other figures, made beside the published one by the same SQL, and thrown away."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb

from extract.common.sql import quote_text
from junheng.home import Home
from junheng.whatif.changes import Figures

_RUN_TABLES = ("deliveries", "ledger", "superseded_schools", "corrected_rows", "quarantined_cells", "findings")
_RECEIPTS = 1_000_000  # a scenario has fewer


@dataclass(frozen=True)
class Scenario:
    """Figures to be judged, under a county's code: its own, or another where several are judged side by side."""

    code: str
    figures: Figures


def judge(home: Home, run: Path, county: str, year: int, scenarios: list[Scenario], folder: Path) -> Path:
    """Build a warehouse in which each scenario is a county with its figures in the census of a year; return the file.

    Args:
        home: the installation; only read.
        run: folder of the published run.
        county: whose figures were changed.
        year: of the census.
        scenarios: what is judged.
        folder: where all of it is made.

    Raises:
        RuntimeError: the build failed.
    """
    from junheng import steps
    from junheng.dbt import Dbt

    scratch = Home(folder)
    scratch_run = scratch.build / run.name
    scratch_run.mkdir(parents=True)
    _write_inputs(home, run, county, year, scenarios, scratch, scratch_run)
    dbt = Dbt(scratch.build / "junheng.duckdb", scratch.build / "dbt", scratch.logs / "dbt")
    steps.transform(scratch, scratch_run, None, None, dbt)
    return scratch_run / "junheng.duckdb"


def _write_inputs(
    home: Home, run: Path, county: str, year: int, scenarios: list[Scenario], scratch: Home, scratch_run: Path
) -> None:
    """Write the county's lines and deliveries once for each scenario, with its figures."""
    from extract.bronze.views import connect, tables

    with closing(connect(home.bronze)) as connection:
        connection.execute("create table scenarios (code varchar, suffix varchar, offset_of_seq integer)")
        is_alone = [s.code for s in scenarios] == [county]
        connection.executemany(
            "insert into scenarios values (?, ?, ?)",
            [[s.code, "" if is_alone else f"-{s.code}", number * _RECEIPTS] for number, s in enumerate(scenarios)],
        )
        connection.execute(f"attach {quote_text(home.warehouse)} as published (read_only)")
        _alter(connection, county, year, scenarios)
        deliveries = f"read_parquet({quote_text(run / 'deliveries.parquet')})"
        connection.execute(
            f"create table wanted as select distinct file_sha256, source from {deliveries} where county_code = "
            f"{quote_text(county)} or (source = 'published' and {str(is_alone).lower()})"
        )
        for name in tables():
            _copy(connection, name, _lines(connection, name), scratch.bronze / name / "all.parquet")
        for name in _RUN_TABLES:
            path = run / f"{name}.parquet"
            _copy(connection, name, _of_run(connection, name, path, county, is_alone), scratch_run / f"{name}.parquet")
        checks = f"select * from read_parquet({quote_text(home.logs / 'checks' / '*.parquet')}) limit 0"
        _copy(connection, "checks", checks, scratch.logs / "checks" / "none.parquet")


def _copy(connection: duckdb.DuckDBPyConnection, name: str, select: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    connection.execute(f"copy ({select}) to {quote_text(target)} (format parquet)")


def _alter(connection: duckdb.DuckDBPyConnection, county: str, year: int, scenarios: list[Scenario]) -> None:
    """Leave in ``altered`` each figure that differs from what is reported, in ``folded`` each school that is counted
    with another, with the census line of the school.
    """
    connection.execute(
        "create table census_rows as select school_id, file_sha256, row from published.intermediate.int_school_roster "
        "where county_code = ? and census_year = ? and file_sha256 is not null",
        [county, year],
    )
    reported = Figures.of(_published(connection), county, year).cells
    cells = [
        [s.code, *cell, value] for s in scenarios for cell, value in s.figures.cells.items() if value != reported[cell]
    ]
    folded = [[s.code, school, into] for s in scenarios for school, into in s.figures.folded.items()]
    for name, columns, rows in (
        ("altered", "code varchar, school_id varchar, stage varchar, measure varchar, value double", cells),
        ("folded", "code varchar, school_id varchar, parent_school_id varchar", folded),
    ):
        connection.execute(f"create table {name}_by_school ({columns})")
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"insert into {name}_by_school values ({marks})", rows)
        connection.execute(
            f"create table {name} as select * from {name}_by_school inner join census_rows using (school_id)"
        )


def _published(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    cursor = connection.cursor()
    cursor.execute("use published")
    return cursor


def _lines(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """Return the SQL of a bronze table's rows, once a scenario; of census lines, with the scenario's figures."""
    columns = [row[0] for row in connection.execute(f"describe {table}").fetchall()]
    replaced = {"file_sha256": "t.file_sha256 || s.suffix"}
    joins = ""
    if table == "census_lines":
        own_line = "{0}.code = s.code and {0}.file_sha256 = t.file_sha256 and {0}.row = t.row"
        cells = connection.execute("select distinct stage, measure from altered order by all").fetchall()
        for number, (stage, measure) in enumerate(cells):
            a, column = f"a{number}", f"{stage}.{measure}"
            of_it = f"{a}.stage = {quote_text(stage)} and {a}.measure = {quote_text(measure)}"
            joins += f" left join altered as {a} on {own_line.format(a)} and {of_it}"
            replaced[column] = f'coalesce({a}.value, t."{column}")'
        joins += f" left join folded as f on {own_line.format('f')}"
        replaced["all.counts_as_school"] = "case when f.code is null then t.\"all.counts_as_school\" else 'no' end"
        replaced["all.parent_school_id"] = 'coalesce(f.parent_school_id, t."all.parent_school_id")'
    selected = _selected(columns, replaced)
    of_wanted = "where t.file_sha256 in (select file_sha256 from wanted)"
    return f"select {selected} from {table} as t cross join scenarios as s{joins} {of_wanted}"


def _of_run(connection: duckdb.DuckDBPyConnection, table: str, path: Path, county: str, is_alone: bool) -> str:
    """Return the SQL of a table of the run: the county's rows, once a scenario, under the scenario's code."""
    source = f"read_parquet({quote_text(path)})"
    columns = [row[0] for row in connection.execute(f"describe from {source}").fetchall()]
    replaced = dict.fromkeys(("county_code", "named_county_code"), "s.code") | {
        "file_sha256": "t.file_sha256 || s.suffix"
    }
    if "seq" in columns:
        replaced["seq"] = "t.seq + s.offset_of_seq"
    if table == "deliveries":
        own = "case when t.source = 'published' then t.{0} else s.code end"
        replaced |= {name: own.format(name) for name in ("county_code", "named_county_code")}
    selected = _selected(columns, replaced)
    if "county_code" in columns:
        kept = f"(t.county_code = {quote_text(county)}"
        kept += " or t.source = 'published')" if table == "deliveries" and is_alone else ")"
    else:
        kept = "t.file_sha256 in (select file_sha256 from wanted)"
    if table == "quarantined_cells":  # what is set anew is no longer set aside
        kept += (
            " and not exists (from altered as a where a.code = s.code and a.file_sha256 = t.file_sha256 and "
            "a.row = t.row and a.stage = t.stage and a.measure = t.measure)"
        )
    return f"select {selected} from {source} as t cross join scenarios as s where {kept}"


def _selected(columns: list[str], replaced: dict[str, str]) -> str:
    """Return the SQL of a table's columns, those that are replaced by what replaces them."""
    own = {column: f't."{column}"' for column in columns}
    return ", ".join(f'{replaced.get(column, own[column])} as "{column}"' for column in columns)
