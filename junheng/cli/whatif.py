"""The command that judges figures nobody has reported: whatif."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from junheng.cli.app import (
    COUNTY_NAME,
    USAGE,
    app,
    chinese,
    complain,
    need_current_run,
    need_warehouse,
    out,
    print_json,
    tell,
    words,
)
from junheng.cli.arguments import county_code
from junheng.home import Home
from publish.language import say


@app.command(
    help=chinese("推演：如果这样改，结论、缺口、差异系数会怎样。不改动任何数据。"),
    epilog=words(
        "改动表（.csv）的列：改法（改为、增减、调往、并入）、学校标识码、学段、数据项、数值、到学校。",
        "Columns of the .csv: change (set, add, move, merge), school_id, stage, measure, value, to_school_id.",
    ),
)
def whatif(
    changes: Annotated[Path, typer.Argument(help=words("改动表，.csv。", "The changes, .csv."))],
    county: Annotated[str | None, typer.Option(help=COUNTY_NAME)] = None,
    year: Annotated[
        int | None,
        typer.Option(help=words("普查年（秋季学期所在年）；默认最近一年。", "Census year; default: the latest.")),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON.")] = False,
) -> None:
    """Judge a county with changes that nobody has made yet, by the warehouse's own SQL."""
    import tempfile

    import duckdb

    from junheng.whatif.changes import Figures, read
    from junheng.whatif.comparison import compare, show
    from junheng.whatif.scratch import Scenario, judge

    home = Home.from_environment()
    need_warehouse(home)
    code = county_code(home, county)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        years = connection.execute(
            "select distinct census_year from marts.mart_school_compliance where county_code = ? order by 1", [code]
        ).fetchall()
        wanted: int = year or (years[-1][0] if years else 0)
        if (wanted,) not in years:
            _wrong(say(f"{code} 没有 {wanted or ''} 年的普查。", f"{code} has no census {wanted or ''}."))
        figures = Figures.of(connection, code, wanted)
    try:
        made = read(changes)
        figures.apply(made)
    except OSError:
        _wrong(
            say(
                f"打不开改动表 {changes}：请核对文件名和所在文件夹，并在 Excel 里关闭它。",
                f"The changes {changes} can't be opened: check its name and folder, and close it in Excel.",
            )
        )
    except ValueError as error:
        _wrong(str(error))
    run = need_current_run(home)
    if not as_json:
        tell(say(f"推演 {len(made)} 条改动…", f"{len(made)} changes …"))
    with tempfile.TemporaryDirectory(prefix="junheng-whatif-") as folder:
        scratch = judge(home, run, code, wanted, [Scenario(code, figures)], Path(folder))
        found = compare(home.warehouse, scratch, code, wanted)
    if as_json:
        print_json({part: rows for part, rows in found.items() if part != "short_names"})
    else:
        show(found, out)


def _wrong(text: str) -> NoReturn:
    complain(text)
    raise typer.Exit(USAGE)
