"""A warehouse of one county with other figures, made beside the published one by the same SQL, and thrown away."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from extract.common.sql import quote_text
from junheng.home import Home
from junheng.whatif.changes import Cell, Figures, class_sizes, is_counted
from publish.changeable import ROOM_MEASURES

_RUN_TABLES = ("deliveries", "ledger", "superseded_schools", "corrected_rows", "quarantined_cells", "findings")
_RECEIPTS = 1_000_000  # a scenario has fewer
_ROWS = 1_000_000  # so has a file
_LARGE_M2 = 1_000  # large enough by any standard


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
    steps.get_ready(scratch, dbt, is_full=False, base=None)
    steps.transform(scratch, scratch_run, None, None, dbt)
    return scratch_run / "junheng.duckdb"


def _write_inputs(
    home: Home, run: Path, county: str, year: int, scenarios: list[Scenario], scratch: Home, scratch_run: Path
) -> None:
    """Write the county's lines and deliveries once for each scenario, with its figures."""
    from extract.bronze.views import connect, tables

    with closing(connect(home.bronze_here)) as connection:
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
            "create table wanted as select file_sha256, source, bool_or(form = 'room_register' and status = 'in_force' "
            f"and year = {year}) as is_register_of_rooms from {deliveries} where county_code = {quote_text(county)} or "
            f"(source = 'published' and {str(is_alone).lower()}) group by all"
        )
        for name in tables():
            _copy(connection, name, _lines(connection, name, year), scratch.bronze / name / "all.parquet")
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
    with another, both with the census line of the school; in ``other_classes`` each stage of a school whose roster of
    classes no longer tells, and in ``other_rooms`` the rooms of each school whose register no longer does.
    """
    connection.execute(
        "create table census_rows as select school_id, file_sha256, row from published.intermediate.int_school_roster "
        "where county_code = ? and census_year = ? and file_sha256 is not null",
        [county, year],
    )
    reported = Figures.of(_published(connection), county, year).cells
    cells, classes, rooms = [], [], []
    for scenario in scenarios:
        now = scenario.figures.cells
        differing = [cell for cell, value in now.items() if value != reported[cell]]
        cells += [[scenario.code, *cell, now[cell]] for cell in differing if not is_counted(cell)]
        schools = sorted({cell[0] for cell in differing if cell[2] in ROOM_MEASURES})
        rooms += [
            [scenario.code, school, part, now[school, "all", measure]]
            for school in schools
            for measure, part in ROOM_MEASURES.items()
        ]
        for school, stage in sorted({cell[:2] for cell in differing if cell[2] in class_sizes()}):
            classes.append([scenario.code, school, stage])
            cells += [[scenario.code, *cell, value] for cell, value in _classes(now, school, stage).items()]
    folded = [[s.code, school, into] for s in scenarios for school, into in s.figures.folded.items()]
    for name, columns, rows in (
        ("altered", "code varchar, school_id varchar, stage varchar, measure varchar, value double", cells),
        ("folded", "code varchar, school_id varchar, parent_school_id varchar", folded),
    ):
        _table(connection, f"{name}_by_school", columns, rows)
        connection.execute(
            f"create table {name} as select * from {name}_by_school inner join census_rows using (school_id)"
        )

    _table(connection, "other_classes", "code varchar, school_id varchar, stage varchar", classes)
    _table(connection, "other_rooms", "code varchar, school_id varchar, part varchar, rooms integer", rooms)
    # One line a room, one that says nothing where nobody knows how many, and one that says that the school is listed.
    connection.execute(
        f"create table new_rooms as select *, cast({_ROWS} + row_number() over (order by code, school_id, room_use) as "
        f"integer) as row from (select code, school_id, part as room_use, {_LARGE_M2} as area_m2 "
        "from (select *, unnest(range(rooms)) from other_rooms) "
        "union all select code, school_id, part, null from other_rooms where rooms is null "
        "union all select distinct code, school_id, 'none', null from other_rooms)"
    )


def _table(connection: duckdb.DuckDBPyConnection, name: str, columns: str, rows: list[list[Any]]) -> None:
    connection.execute(f"create table {name} ({columns})")
    if rows:
        connection.executemany(f"insert into {name} values ({', '.join('?' * len(rows[0]))})", rows)


def _classes(figures: dict[Cell, float | None], school: str, stage: str) -> dict[Cell, float | None]:
    """Return a stage's classes by size, and their sum where all sizes are known."""
    cells = [(school, stage, size) for size in class_sizes()]
    counts = [figures[cell] for cell in cells]
    known = [count for count in counts if count is not None]
    whole = sum(known) if len(known) == len(counts) else None
    return dict(zip(cells, counts, strict=True)) | {(school, stage, "classes"): whole}


def _published(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    cursor = connection.cursor()
    cursor.execute("use published")
    return cursor


def _lines(connection: duckdb.DuckDBPyConnection, table: str, year: int) -> str:
    """Return the SQL of a bronze table's rows, once a scenario: of the census, of rosters of classes and registers of
    rooms as the scenario has them.
    """
    columns = [row[0] for row in connection.execute(f"describe {table}").fetchall()]
    replaced = {"file_sha256": "t.file_sha256 || s.suffix"}
    joins = ""
    if table == "census_lines":
        own_line = "{0}.code = s.code and {0}.file_sha256 = t.file_sha256 and {0}.row = t.row"
        cells = [
            (stage, measure)
            for stage, measure in connection.execute(
                "select distinct stage, measure from altered order by all"
            ).fetchall()
            if f"{stage}.{measure}" in columns
        ]
        for number, (stage, measure) in enumerate(cells):
            a, column = f"a{number}", f"{stage}.{measure}"
            of_it = f"{a}.stage = {quote_text(stage)} and {a}.measure = {quote_text(measure)}"
            joins += f" left join altered as {a} on {own_line.format(a)} and {of_it}"
            replaced[column] = f'case when {a}.code is null then t."{column}" else {a}.value end'
        joins += f" left join folded as f on {own_line.format('f')}"
        replaced["all.counts_as_school"] = "case when f.code is null then t.\"all.counts_as_school\" else 'no' end"
        replaced["all.parent_school_id"] = 'coalesce(f.parent_school_id, t."all.parent_school_id")'
    selected = _selected(columns, replaced)
    of_wanted = "where t.file_sha256 in (select file_sha256 from wanted)"
    told_anew = f'o.code = s.code and o.school_id = t."all.school_id" and t.year = {year}'
    if table == "classes_lines":
        told_anew += " and o.stage = case when t.\"all.grade\" <= 6 then 'primary' else 'junior' end"
        of_wanted += f" and not exists (from other_classes as o where {told_anew})"
    lines = f"select {selected} from {table} as t cross join scenarios as s{joins} {of_wanted}"
    if table == "rooms_lines":
        lines += f" and not exists (from other_rooms as o where {told_anew})"
        of_room = {"row": "n.row", "all.school_id": "n.school_id", "all.room_use": "n.room_use"}
        blank = {column: "null" for column in columns if column.startswith("all.")}
        anew = _selected(columns, replaced | blank | of_room | {"all.room_area_m2": "n.area_m2"})
        lines += (
            f" union all select {anew} from (from {table} where kind = 'data' and file_sha256 in (select file_sha256 "
            "from wanted where is_register_of_rooms) order by file_sha256, row limit 1) as t cross join scenarios as s "
            "inner join new_rooms as n on n.code = s.code"
        )
    return lines


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
