"""The app that the commands belong to, what several of them take as options, and how they print."""

import re
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.text import Text
from typer.core import TyperGroup

from extract.common.imports import import_at_first_use
from junheng.cli.overview import overview
from junheng.home import Home
from publish.language import language, say
from publish.screen import console

# Exit codes: 0 published, nothing refused · 1 failed, the last warehouse stands · 2 wrong usage ·
# 3 published, but files or rows were refused · 130 interrupted.
FAILED, USAGE, REFUSED, INTERRUPTED = 1, 2, 3, 130


def words(zh: str, en: str) -> str:
    """Return a help text that breaks where its sentences do: without blanks a line of Chinese is cut off instead."""
    return re.sub("(?<=[，；：。、])(?=[^ ）])", " ", zh) if language() == "zh" else en


def chinese(text: str) -> str | None:
    """Return the Chinese help of a command; None in English, where its docstring is its help."""
    return words(text, "") or None


_HELP = {"help_option_names": ["-h", "--help"]}

if language() == "zh":
    import_at_first_use("typer.rich_utils")  # only help and wrong usage need it
    from typer import rich_utils

    (
        rich_utils.ARGUMENTS_PANEL_TITLE,
        rich_utils.OPTIONS_PANEL_TITLE,
        rich_utils.COMMANDS_PANEL_TITLE,
        rich_utils.ERRORS_PANEL_TITLE,
    ) = "参数", "选项", "命令", "用法有误"

access = typer.Typer(
    no_args_is_help=True,
    help=words(
        "谁可以在 PostgreSQL 服务器（JUNHENG_POSTGRES）上看哪个县区。",
        "Who may see which county on the PostgreSQL server (JUNHENG_POSTGRES).",
    ),
)


class _Commands(TyperGroup):
    def get_help(self, ctx: Any) -> str:
        return overview()


app = typer.Typer(cls=_Commands, no_args_is_help=True, pretty_exceptions_enable=False, context_settings=_HELP)
app.add_typer(access, name="access")
out, errors = console(), console(is_for_errors=True)

Login = Annotated[str, typer.Argument(help=words("服务器上的登录名。", "A login of the server."))]
CountyOption = Annotated[str | None, typer.Option("--county", help=words("区划代码，6 位。", "County code, 6 digits."))]
CityOption = Annotated[
    str | None,
    typer.Option("--city", help=words("市代码，6 位：其全部县区。", "City code, 6 digits: all its counties.")),
]
AllOption = Annotated[bool, typer.Option("--all", help=words("全部县区。", "Every county."))]
AsOf = Annotated[
    str | None,
    typer.Option(help=words("收到日期（2025-06-30），默认现在。", "Receipt date (2025-06-30), default now.")),
]
COUNTY_NAME = words("县区：6 位代码或名称。", "County: code of 6 digits, or name.")


def tell(text: str, style: str = "") -> None:
    """Print a line that people may copy: unbroken, whatever the width."""
    out.print(Text(text, style=style), soft_wrap=True)


def complain(text: str, style: str = "red") -> None:
    """Say a line on standard error."""
    errors.print(Text(text, style=style), soft_wrap=True)


def fail(message: str) -> NoReturn:
    """Say why nothing was done, and end."""
    complain(message)
    sys.exit(FAILED)


def need_warehouse(home: Home) -> None:
    """End with a word on what to do where nothing has been published yet."""
    if not home.warehouse.exists():
        fail(
            say(
                f"还没有发布的数据（{home.warehouse}）。请先运行 junheng refresh。",
                f"Nothing is published yet ({home.warehouse}). Run junheng refresh first.",
            )
        )


def need_current_run(home: Home) -> Path:
    """Return the published run; end with a word on what to do where it is to be built anew."""
    from extract.landing.ledger import Ledger
    from junheng.run_plan import published_run, run_folder

    run = published_run(home)
    if run is None or run.name != run_folder(home, Ledger(home.store).events()).name:  # or by other rules than today's
        complain(
            say(
                "已发布的数据要重新计算，先运行 junheng refresh。",
                "What is published is to be built anew: run junheng refresh.",
            )
        )
        raise typer.Exit(USAGE)
    return run


def print_json(facts: object) -> None:
    """Print facts as JSON; dates as text."""
    import json

    print(json.dumps(facts, ensure_ascii=False, indent=2, default=str))


def _show_version(is_wanted: bool) -> None:
    if is_wanted:
        from importlib.metadata import version

        print(f"junheng {version('junheng')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help=words("显示版本号。", "Show the version and end."),
        ),
    ] = False,
    lang: Annotated[
        str | None,
        typer.Option(
            help=words(
                "界面语言：zh 中文，en 英文；默认随系统。可写在任何位置。",
                "Language: zh or en; default: the locale's. May stand anywhere.",
            )
        ),
    ] = None,
) -> None:
    pass


_STEPS = {
    "receive": "接收",
    "extract": "读取",
    "validate": "校验",
    "transform": "计算",
    "publish": "发布",
    "gather": "合并",
    "pages": "写页面",
    "serve": "送往别处",
}


def by_step(seconds: dict[str, float]) -> str:
    """Return seconds by step, in words: 读取 3.6 · 校验 14.0."""
    return " · ".join(f"{say(_STEPS[step], step)} {spent:.1f}" for step, spent in seconds.items())
