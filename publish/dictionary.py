"""What every mart and column means, from the dbt project's own descriptions: Chinese and English in one text.

``python -m publish.dictionary`` writes docs/data-dictionary.md and docs/data-dictionary.zh-CN.md.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from extract.common.atomic import replacing

_PROJECT = Path(__file__).resolve().parent.parent
_MODELS = _PROJECT / "dbt_project" / "models"
PAGES = {"en": _PROJECT / "docs" / "data-dictionary.md", "zh": _PROJECT / "docs" / "data-dictionary.zh-CN.md"}


@dataclass(frozen=True)
class Column:
    """A column of a mart: its DuckDB type and what it holds."""

    name: str
    data_type: str
    description: str


@dataclass(frozen=True)
class Mart:
    """A mart: what a row is, the columns that tell rows apart, and whether a server gets it."""

    name: str
    description: str
    grain: tuple[str, ...]
    is_served: bool
    columns: tuple[Column, ...]


@cache
def marts() -> tuple[Mart, ...]:
    """Return every mart of the project, by name."""
    texts = dict(
        re.findall(
            r"{% docs (\w+) %}\n(.*?)\n{% enddocs %}", (_MODELS / "columns.md").read_text(encoding="utf-8"), re.DOTALL
        )
    )
    files = sorted((_MODELS / "marts").glob("[dm]*_*.yml"))
    declared = [model for path in files for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]]
    return tuple(_mart(model, texts) for model in declared)


def in_language(text: str, language: str) -> str:
    """Return the Chinese or the English part of a description: Chinese comes first and ends with 。."""
    chinese, stop, english = text.rpartition("。")
    return english.strip() if language == "en" else (chinese + stop).strip()


def page(language: str) -> str:
    """Return the dictionary as one Markdown page, in ``en`` or ``zh``."""
    words = _WORDS[language]
    about = yaml.safe_load((_MODELS / "marts" / "contract.yml").read_text(encoding="utf-8"))
    readers = [(exposure["label"], {ref[5:-2] for ref in exposure["depends_on"]}) for exposure in about["exposures"]]
    (owner,) = [group["owner"]["name"] for group in about["groups"]]
    lines = [
        f"# {words['title']}",
        "",
        words["intro"],
        "",
        f"{words['owner']}{in_language(owner, language)}",
        "",
        f"{words['freshness']}{in_language(_freshness(), language)}",
        "",
    ]
    for mart in marts():
        used = words["and"].join(
            in_language(label, language).rstrip("。") for label, refs in readers if mart.name in refs
        )
        grain = ", ".join(f"`{column}`" for column in mart.grain)
        lines += [
            f"## {mart.name}",
            "",
            in_language(mart.description, language),
            "",
            f"{words['grain']}{grain} · {words['used']}{used}" + ("" if mart.is_served else f" · {words['file_only']}"),
            "",
        ]
        lines += [f"| {words['column']} | {words['type']} | {words['meaning']} |", "|---|---|---|"]
        lines += [
            f"| `{column.name}` | {column.data_type} | {in_language(column.description, language).replace('|', '/')} |"
            for column in mart.columns
        ]
        lines.append("")
    return "\n".join(lines)


def write_schema(folder: Path) -> None:
    """Write ``schema.csv``: every mart, column, type and meaning, as Excel opens it."""
    with replacing(folder / "schema.csv") as partial, partial.open("w", encoding="utf-8-sig", newline="") as out:
        lines = csv.writer(out)
        lines.writerow(["表 mart", "列 column", "类型 type", "说明 description"])
        lines.writerows(
            [mart.name, column.name, column.data_type, column.description]
            for mart in marts()
            for column in mart.columns
        )


def _freshness() -> str:
    project = yaml.safe_load((_PROJECT / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8"))
    return project["models"]["junheng"]["marts"]["+meta"]["freshness"]


def _mart(model: dict[str, Any], texts: dict[str, str]) -> Mart:
    grain = next(
        tuple(test["unique_rows"]["arguments"]["columns"]) for test in model["data_tests"] if "unique_rows" in test
    )
    columns = tuple(
        Column(c["name"], c["data_type"], texts[name])
        for c in model["columns"]
        for name in re.findall(r"doc\('(\w+)'\)", c["description"])
    )
    return Mart(
        model["name"],
        model["description"],
        grain,
        model.get("config", {}).get("meta", {}).get("is_served", True),
        columns,
    )


_WORDS = {
    "en": {
        "title": "Data dictionary",
        "intro": "Every table and column of schema `marts`. Written from the dbt project by `make docs`; "
        "what changed and why: [data-changes.csv](data-changes.csv). Columns may be added, not renamed. "
        "[中文](data-dictionary.zh-CN.md)",
        "owner": "Owner: ",
        "freshness": "Freshness: ",
        "grain": "Unique by ",
        "used": "read by ",
        "file_only": "in the file only",
        "and": "; ",
        "column": "column",
        "type": "type",
        "meaning": "meaning",
    },
    "zh": {
        "title": "数据字典",
        "intro": "`marts` 中的每张表、每一列。由 `make docs` 从 dbt 项目生成；变更及原因见 "
        "[data-changes.csv](data-changes.csv)。列只增不改名。[English](data-dictionary.md)",
        "owner": "负责：",
        "freshness": "更新：",
        "grain": "唯一键 ",
        "used": "使用者：",
        "file_only": "仅在文件中",
        "and": "；",
        "column": "列",
        "type": "类型",
        "meaning": "含义",
    },
}


if __name__ == "__main__":
    for language, path in PAGES.items():
        path.write_text(page(language), encoding="utf-8")
