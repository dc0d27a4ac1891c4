"""The command that writes what an office sends or files: report."""

from pathlib import Path
from typing import Annotated

import typer

from junheng.cli.app import COUNTY_NAME, USAGE, app, chinese, complain, need_warehouse, tell, words
from junheng.cli.arguments import county_code
from junheng.home import Home
from publish.documents import KINDS
from publish.language import say

_ABOUT = say("；", "; ").join(f"{name} {say(kind.about_zh, kind.about_en)}" for name, kind in KINDS.items())


@app.command(
    help=chinese("写出要报送、存档的材料：自评报告、整改台账、整改通知书、学校体检单、差距清单。"),
    epilog=words(
        "例：junheng report 自评报告 --county 惠农区；junheng report checkup --county 640205 --school 某某小学",
        "Examples: junheng report self-assessment --county 640205 · junheng report all --county 640205",
    ),
)
def report(
    kind: Annotated[str, typer.Argument(help=words(f"{_ABOUT}；all 全部", f"{_ABOUT}; all of them: all"))],
    county: Annotated[str | None, typer.Option(help=COUNTY_NAME)] = None,
    school: Annotated[
        str | None,
        typer.Option(help=words("只写这所学校的（名称或标识码）。", "Of this school only (its name or code).")),
    ] = None,
    target: Annotated[
        Path | None,
        typer.Option(
            help=words("写到哪个文件夹；默认 reports/documents/。", "The folder; default: reports/documents/.")
        ),
    ] = None,
) -> None:
    """Write documents of a county: reports, ledgers, notices, check-ups."""
    import duckdb

    from publish import documents
    from publish.pages import facts
    from publish.pages.county import Standard

    home = Home.from_environment()
    need_warehouse(home)
    kinds = _kinds(kind)
    code = county_code(home, county)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        standard = Standard.of(connection)
        of_county = facts.gather(connection, [code]).get(code)
    if of_county is None:
        _wrong(say(f"{code} 没有可以报告的评估。", f"{code} has no assessment to report on."))
        return
    folder = target or home.documents / code
    order = documents.Order(of_county, standard, folder, home.templates, _school(of_county, school))
    for name in kinds:
        try:
            written = documents.write(name, order)
        except ValueError as error:
            _wrong(str(error))
            return
        for file in written:
            tell(str(file))
        if not written:
            tell(say(f"{KINDS[name].title}：没有要写的。", f"{name}: nothing to write."), "dim")


def _kinds(asked: str) -> list[str]:
    if asked in ("all", "全部"):
        return list(KINDS)
    found = [name for name, kind in KINDS.items() if asked in (name, kind.title)]
    if not found:
        titles = say("、", ", ").join(say(kind.title, name) for name, kind in KINDS.items())
        _wrong(say(f"没有“{asked}”这种材料；有：{titles}、全部。", f"No document {asked!r}; there are: {titles}, all."))
    return found


def _school(of_county: dict[str, list[dict[str, object]]], asked: str | None) -> str:
    if not asked:
        return ""
    known = {str(s["school_id"]): str(s["school_name"]) for s in of_county["schools"]}
    found = [code for code, name in known.items() if asked in (code, name)]
    found = found or [code for code, name in known.items() if asked in name]
    if len(found) != 1:
        some = say("、", ", ").join(f"{known[code]} {code}" for code in found[:5])
        _wrong(say(f"“{asked}”指不明是哪所学校：{some or '没有'}", f"{asked!r} is not one school: {some or 'none'}"))
    return found[0]


def _wrong(text: str) -> None:
    complain(text)
    raise typer.Exit(USAGE)
