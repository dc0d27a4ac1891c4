"""Commands about files: check, template, withdraw, export, synthetic."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from junheng.cli.app import (
    COUNTY_NAME,
    REFUSED,
    USAGE,
    app,
    chinese,
    complain,
    errors,
    fail,
    need_warehouse,
    tell,
    words,
)
from junheng.cli.arguments import county_code, years_of
from junheng.home import Home
from publish.language import say

if TYPE_CHECKING:
    from extract.landing.ledger import NoSuchContent


@app.command(
    help=chinese("检查一个文件会不会被接收，哪里不行、怎么改。"),
    epilog=words(
        "例：junheng check 学校.xlsx；junheng check 教师.xlsx --source hr --year 2024",
        "Example: junheng check school.xlsx · junheng check teachers.xlsx --source hr --year 2024",
    ),
)
def check(
    file: Annotated[
        Path, typer.Argument(help=words("要检查的文件。", "The file to check."), exists=True, dir_okay=False)
    ],
    year: Annotated[
        int | None,
        typer.Option(
            help=words(
                "年份；默认取文件夹的，否则取文件里写的。", "Year; default: the folder's, else the one the file states."
            )
        ),
    ] = None,
    county: Annotated[
        str | None,
        typer.Option(
            help=words(
                "区划代码；默认取文件夹的，否则取文件里写的。",
                "County code; default: the folder's, else the one the file states.",
            )
        ),
    ] = None,
    source: Annotated[
        str,
        typer.Option(
            help=words(
                "来源，如 finance；默认取文件夹的，否则 census。",
                "What is reported, such as finance; default: the folder's, else census.",
            )
        ),
    ] = "census",
) -> None:
    """Say whether one file would be accepted, and if not, where and why. Needs no warehouse."""
    from junheng.check_file import check_file

    accepted, lines = check_file(file, source, year, county)
    for line in lines:
        tell(line)
    raise typer.Exit(0 if accepted else REFUSED)


@app.command(
    help=chinese("生成填报模板（.xlsx），填好放回 landing/ 即可；学校、未销号缺口已带出。"),
    epilog=words(
        "例：junheng template all --year 2024 --county 惠农区 --target 模板",
        "Example: junheng template all --year 2024 --county 640205 --target templates",
    ),
)
def template(
    source: Annotated[
        str,
        typer.Argument(
            help=words(
                "来源，如 finance；写错时会列出全部来源。all：全部来源。",
                "What is reported, such as finance; an unknown word is answered with every source. all: all of them.",
            )
        ),
    ],
    year: Annotated[int, typer.Option(help=words("这个来源自己的年份。", "The source's own year."))],
    county: Annotated[str, typer.Option(help=COUNTY_NAME)],
    target: Annotated[
        Path,
        typer.Option(
            help=words(
                "写到哪个文件夹；all 时每个来源一个子文件夹。",
                "Folder to write into; for all, a folder per source in it.",
            )
        ),
    ] = Path(),
) -> None:
    """Write an .xlsx to fill in for each form of a source; dropped back into landing/, it is accepted as it is. The
    ledger of remediation goes out with every open gap of the county in it, tables of one line a school with its
    schools.
    """
    from extract.definitions.forms import source_declarations, sources
    from junheng.template import write_templates

    home = Home.from_environment()
    code = county_code(home, county)
    if source != "all" and source not in sources():
        raise typer.BadParameter(
            say(
                f"没有这个来源：{source}（{'、'.join(sources())}、all）",
                f"No such source: {source} ({', '.join(sources())}, all)",
            )
        )
    # What the project itself ships, or its commands write, is no office's to fill in.
    filled_in = [name for name in sources() if name != "published" and not source_declarations()[name].is_made_here]
    for wanted in filled_in if source == "all" else [source]:
        try:
            written = write_templates(
                target / wanted if source == "all" else target, wanted, year, code, home.warehouse
            )
        except ValueError:
            raise typer.BadParameter(
                say(f"{wanted} 没有 {year} 年按行填报的表。", f"{wanted} has no table to fill in for {year}.")
            ) from None
        for path in written:
            tell(say(f"已写入：{path}", f"Written: {path}"))
        tell(
            say(
                f"填好后放入：{home.landing / wanted / str(year) / code}/",
                f"Drop the filled files into: {home.landing / wanted / str(year) / code}/",
            )
        )


@app.command(
    help=chinese("撤回已收到的文件，下次刷新起不再计入；--undo 恢复。"),
    epilog=words(
        "例：junheng withdraw census/2024/640205/学校.xlsx --reason 报错了学校",
        "Example: junheng withdraw census/2024/640205/school.xlsx --reason 'another school's file'",
    ),
)
def withdraw(
    files: Annotated[
        list[str],
        typer.Argument(
            help=words(
                "收到时的路径（census/2024/640104/x.xlsx），或 sha256 的前 8 位以上；一次写几个算一件事。",
                "Paths as delivered (census/2024/640104/x.xlsx), or the first 8 or more characters of their "
                "sha256. Several at once are one act.",
            )
        ),
    ],
    reason: Annotated[str, typer.Option(help=words("原因，记入台账。", "Why; kept in the ledger."))],
    undo: Annotated[
        bool,
        typer.Option("--undo", help=words("恢复：重新计入。", "Take the withdrawal back: the files count again.")),
    ] = False,
) -> None:
    """Record that delivered files no longer count. The next refresh leaves them out; --undo takes it back."""
    from extract.landing import ledger
    from junheng.selection import Selection
    from junheng.writer_lock import HomeBusy, one_writer

    home = Home.from_environment().make()
    try:
        with one_writer(home):
            events = (ledger.restore if undo else ledger.withdraw)(home.store, files, Selection().at(), reason)
    except HomeBusy as busy:
        fail(say(f"刷新正在运行（{busy}），稍后再试。", f"A night is running ({busy}); try again later."))
    except ledger.NoSuchContent as error:
        for line in _which(home, error, undo):
            complain(line, "")
        raise typer.Exit(USAGE) from None
    for event in events:
        done = say("已恢复", "Restored") if undo else say("已撤回", "Withdrawn")
        tell(
            done
            + say(
                f"：{event.path}（{event.file_sha256[:12]}），运行 junheng refresh 后生效。",
                f": {event.path} ({event.file_sha256[:12]}); it takes effect with the next junheng refresh.",
            )
        )


def _which(home: Home, error: "NoSuchContent", undo: bool) -> list[str]:
    """Tell which contents a path had, what became of each, and how to name the one that is meant."""
    from publish import facts

    if not error.candidates:
        what = (
            say("没有已撤回的文件", "Nothing that was withdrawn")
            if undo
            else say("没有收到过的文件", "Nothing delivered that still counts")
        )
        where = (
            say("junheng status 列出已撤回的文件", "junheng status lists what is withdrawn")
            if undo
            else say(
                "收到过的文件见发布库的表 marts.mart_file_outcome（列 path），或在 landing 里看",
                "delivered files: the paths of marts.mart_file_outcome",
            )
        )
        return [
            what + say(f"与之对应，什么也没有做：{error.file}。", f" matches {error.file}; nothing was done."),
            *([say(f"  是不是 {path}", f"  Did you mean {path}") for path in error.near] or [f"  {where}"]),
        ]
    status = facts.status_of_contents(home.warehouse) if home.warehouse.exists() else {}
    lines = [
        say(
            f"{error.file} 先后收到 {len(error.candidates)} 份不同内容，请用校验值开头的几位指明，什么也没有做。",
            f"{len(error.candidates)} contents came as {error.file}; name one by its sha256. Nothing was done.",
        )
    ]
    for event in error.candidates:
        received = say(f"{event.at[:10]} 收到", f"received {event.at[:10]}")
        lines.append(
            f"  {event.file_sha256[:12]}  {received}  {status.get(event.file_sha256, '')}\n    junheng withdraw "
            f"{event.file_sha256[:12]} --reason …{' --undo' if undo else ''}"
        )
    return lines


@app.command(help=chinese("从发布的数据里切出一个县区：文件没有行级权限，要给别人就给这个。"))
def export(
    county: Annotated[str, typer.Option(help=COUNTY_NAME)],
    target: Annotated[Path, typer.Option(help=words("写到哪个文件夹。", "Folder to write into."))],
    csv: Annotated[
        bool,
        typer.Option("--csv", help=words("每张表另存 .csv，可用 Excel 打开。", "Also every mart as .csv, for Excel.")),
    ] = False,
    xlsx: Annotated[
        bool,
        typer.Option(
            "--xlsx",
            help=words("每张表另存 .xlsx，代码写成文字。", "Also every mart as .xlsx, with words for its codes."),
        ),
    ] = False,
) -> None:
    """Cut one county out of the published warehouse: files have no row security of their own, so hand out this."""
    from publish import export as exporting

    home = Home.from_environment()
    need_warehouse(home)
    code = county_code(home, county)
    rows = exporting.export(home.warehouse, code, target, csv, xlsx)
    if not rows:
        complain(say(f"没有 {code} 的数据。", f"Nothing of {code} in the warehouse."))
        raise typer.Exit(USAGE)
    tell(say(f"已写入 {rows:,} 行：{target}", f"{rows:,} rows written: {target}"))


@app.command(help=chinese("生成合成县区的普查文件（名称里写明是合成的）。"))
def synthetic(
    target: Annotated[Path, typer.Argument(help=words("写到哪个 landing 文件夹。", "A landing folder to write into."))],
    county: Annotated[
        str,
        typer.Option(
            help=words(
                "县区代码，6 位；写了 --counties 时代码自动编。",
                "Code of the county, 6 digits; with --counties, codes are made up.",
            )
        ),
    ] = "649901",
    counties: Annotated[
        int,
        typer.Option(min=1, max=9000, help=words("县区数，分布于各省。", "Number of counties, over all provinces.")),
    ] = 1,
    schools: Annotated[int, typer.Option(min=1, help=words("学校总数。", "Number of schools in all."))] = 24,
    years: Annotated[str, typer.Option(help=words("普查年份：2022-2025。", "Census years: 2022-2025."))] = "2022-2025",
    form: Annotated[
        str,
        typer.Option(
            help=words(
                "workbook 一校一表，list 一县一个 .xlsx，csv，mixed 名单（一半是 .csv）。",
                "workbook (one per school), list (one .xlsx per county), csv, or mixed (lists, half of them .csv).",
            )
        ),
    ] = "workbook",
    dirt: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            help=words(
                "有问题的文件占多少；各自应有的结果写在 landing 旁边。",
                "Share of files with something wrong; what each must lead to is written beside the landing folder.",
            ),
        ),
    ] = 0.0,
    sources: Annotated[
        str,
        typer.Option(
            help=words(
                "census，或 all：连同经费、名册、监测、问卷、认定。",
                "census, or all: finance, registers, monitoring, surveys and attestations as well.",
            )
        ),
    ] = "census",
    seed: Annotated[int, typer.Option(help=words("种子相同，文件相同。", "Same seed, same bytes."))] = 1,
) -> None:
    """Write made-up counties' census files (clearly named as such)."""
    import os

    from rich.progress import Progress

    from junheng import synthetic as making

    if form not in ("workbook", "list", "csv", "mixed"):
        raise typer.BadParameter(f"form: workbook, list, csv, mixed; not {form!r}")
    if sources not in ("census", "all"):
        raise typer.BadParameter(f"sources: census, all; not {sources!r}")
    try:
        made = making.nation(counties, schools, form, seed)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if counties == 1:
        made = [making.County(county, schools, made[0].form)]
    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task(say("合成", "synthetic"), total=len(made))
        processes = min(len(made), os.cpu_count() or 1)
        written = making.write_nation(
            target,
            made,
            sorted(years_of(years)),
            seed,
            processes,
            lambda n: bar.advance(task, n),
            dirt,
            sources == "all",
        )
    tell(say(f"已写入 {len(written)} 个合成数据文件：{target}", f"{len(written)} synthetic files written: {target}"))
    if dirt:
        expected = target.with_name(f"{target.name}.expected.csv")
        making.write_expected(expected, written)
        tell(say(f"各问题文件应有的结果：{expected}", f"What each file with dirt must lead to: {expected}"))
