"""What colour a word has: the same on every page and in every chart."""

from publish.words import CODED

_GREEN, _RED, _AMBER, _GREY, _BLUE, _PURPLE = "#2e7d32", "#c62828", "#b26a00", "#757575", "#1565c0", "#6a1b9a"
_CODES = {
    **{
        column: {"pass": _GREEN, "fail": _RED, "no_data": _AMBER, "not_applicable": _GREY}
        for column in CODED
        if "pass" in CODED[column]
    },
    "status": {
        **dict.fromkeys(("met", "closed", "in_force", "loaded"), _GREEN),
        **dict.fromkeys(("missed", "overdue", "refused"), _RED),
        **dict.fromkeys(("behind", "open", "quarantined"), _AMBER),
        **dict.fromkeys(("no_data", "reported", "withdrawn", "duplicate", "replaced"), _GREY),
        "on_track": _BLUE,
    },
    "severity": {"block": _RED, "quarantine": _AMBER, "warn": _BLUE},
}
_OTHERS = {
    # Of metrics, their names: charts look the colour up by these, and show the title.
    **dict.fromkeys(("达标指标（项）", "passed", "新达标（校·学段·指标）", "risen"), _GREEN),
    **dict.fromkeys(("不达标指标（项）", "failed", "退步（校·学段·指标）", "fallen", "限值", "cv_limit", "目标"), _RED),
    **dict.fromkeys(("未判定指标（项）", "missing"), _AMBER),
    **dict.fromkeys(("差异系数", "cv", "现状", "小学"), _BLUE),
    "预计": _GREY,
    "初中": _PURPLE,
}


def colours_of(column: str, words: dict[str, str]) -> dict[str, str]:
    """Return word → colour of a column of codes, ``words`` being code → word; empty where its words have none."""
    return {words[code]: colour for code, colour in _CODES.get(column, {}).items()}


def all_colours(words: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return label → colour of everything that charts draw, ``words`` being column → code → word."""
    coded = {word: colour for column in words for word, colour in colours_of(column, words[column]).items()}
    return coded | _OTHERS
