"""What a DAG's run is asked for, checked before it takes anything in. No Airflow here: the DAGs' files stay light.

Patterns are for the form that Airflow shows; what a pattern cannot know is asked here.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extract.common.atomic import add_line
from extract.common.identifiers import COUNTY_CODE
from junheng.home import Home
from publish.language import say

if TYPE_CHECKING:
    from junheng.selection import Selection

_YEARS = r"^[0-9]{4}(-[0-9]{4})?(,[0-9]{4}(-[0-9]{4})?)*$"
# What Airflow's Param takes, by parameter.
YEARS: dict[str, Any] = {
    "type": ["null", "string"],
    "pattern": _YEARS,
    "title": "年份",
    "description": "只接收这些年份的文件夹，如 2022-2025 或 2024；不填：全部。Only these year folders.",
}
COUNTIES: dict[str, Any] = {
    "default": [],
    "type": "array",
    "items": {"type": "string", "pattern": f"^{COUNTY_CODE}$"},
    "title": "县区",
    "description": "只接收这些县区的文件夹（6 位区划代码，一行一个）；不填：全部。Only these county folders.",
}
RECEIPT_DAY: dict[str, Any] = {
    "default": None,
    "type": ["null", "string"],
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "title": "收到日期",
    "description": "按哪一天收到计，如 2025-06-30；不填：现在。Receipt date of what is taken in.",
}
FULL: dict[str, Any] = {
    "default": False,
    "type": "boolean",
    "title": "全部重做",
    "description": "所有文件重新读取、重新计算。Everything done again.",
}

SHARDS: dict[str, Any] = {
    "default": 1,
    "type": "integer",
    "minimum": 1,
    "maximum": 1000,
    "title": "分片",
    "description": "读取和校验分成几片县区，同时做；1：不分。Shards of counties, read and checked at once.",
}


class WrongParameters(ValueError):
    """A run was asked for something that does not exist; says what, and what would be right."""


def check(home: Home, asked: Mapping[str, Any], known: Collection[str], run_id: str) -> None:
    """Refuse a run that asks for what there is not; it is no failed night, and nobody is told.

    Args:
        home: the installation.
        asked: the run's parameters.
        known: names of the parameters that the DAG declares.
        run_id: Airflow's name of the run.

    Raises:
        WrongParameters: a parameter is unknown, is not written as it has to be, or names a county without files.
    """
    import typer

    from junheng.cli.arguments import receipt_of

    try:
        if unknown := sorted(asked.keys() - set(known)):
            raise WrongParameters(
                say(
                    f"没有叫“{'、'.join(unknown)}”的参数，可用的是 {'、'.join(sorted(known))}。",
                    f"There is no parameter {', '.join(unknown)}; there are {', '.join(sorted(known))}.",
                )
            )
        try:
            selection(asked)
            receipt_of(asked.get("as_of"), home)
        except typer.BadParameter as error:
            raise WrongParameters(str(error)) from None
        if strange := sorted(set(asked.get("counties") or ()) - _delivered(home)):
            raise WrongParameters(
                say(
                    f"县区 {'、'.join(strange)} 没有收到过文件，{home.landing} 里也没有它的文件夹。",
                    f"No file of county {', '.join(strange)} was ever received, and {home.landing} has no folder of "
                    "it.",
                )
            )
    except WrongParameters:
        add_line(_refused(home), run_id)
        raise


def selection(asked: Mapping[str, Any]) -> "Selection":
    """Return what the parameters select.

    Raises:
        typer.BadParameter: years or counties are not written as they have to be.
    """
    from junheng.cli.arguments import county_codes, years_of
    from junheng.selection import Selection

    return Selection(
        county_codes(list(asked.get("counties") or ())),
        years_of(asked.get("years")),
        bool(asked.get("full")),
        asked.get("as_of") or None,
    )


def were_wrong(home: Home, run_id: str) -> bool:
    """Return whether this run was refused for its parameters."""
    # Airflow asks some time after the run has ended; others may have been refused meanwhile.
    return _refused(home).exists() and run_id in _refused(home).read_text(encoding="utf-8").splitlines()


def _refused(home: Home) -> Path:
    return home.logs / "refused_runs.txt"


def _delivered(home: Home) -> set[str]:
    """Return the counties that have a folder, or had one when something was received."""
    from extract.landing.ledger import Ledger

    received = {event.county_code for event in Ledger(home.store).events()}
    return received | {folder.name for folder in home.landing.glob("*/*/*") if folder.is_dir()}
