"""What every mart and column means, from dbt's own manifest: Chinese and English in one text.

``python -m publish.dictionary`` parses the dbt project and writes ``dictionary.json`` beside this module and the pages
docs/data-dictionary*.md. A run reads the file: it need not wait for dbt.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_PROJECT = Path(__file__).resolve().parent.parent
FILE = Path(__file__).with_name("dictionary.json")
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


@dataclass(frozen=True)
class Dictionary:
    """The marts by name, who answers for them, when they are renewed, and who reads which."""

    owner: str
    freshness: str
    readers: dict[str, list[str]]
    marts: tuple[Mart, ...]


@cache
def dictionary() -> Dictionary:
    """Return the dictionary as it was written last."""
    raw = json.loads(FILE.read_text(encoding="utf-8"))
    declared = tuple(
        Mart(**{**mart, "grain": tuple(mart["grain"]), "columns": tuple(Column(*column) for column in mart["columns"])})
        for mart in raw.pop("marts")
    )
    return Dictionary(**raw, marts=declared)


def marts() -> tuple[Mart, ...]:
    """Return every mart of the project, by name."""
    return dictionary().marts


def in_language(text: str, language: str) -> str:
    """Return the Chinese or the English part of a description: Chinese comes first and ends with 。."""
    chinese, stop, english = text.rpartition("。")
    return english.strip() if language == "en" else (chinese + stop).strip()


def page(language: str) -> str:
    """Return the dictionary as one Markdown page, in ``en`` or ``zh``."""
    words, whole = _WORDS[language], dictionary()
    lines = [
        f"# {words['title']}",
        "",
        words["intro"],
        "",
        f"{words['owner']}{in_language(whole.owner, language)}",
        "",
        f"{words['freshness']}{in_language(whole.freshness, language)}",
        "",
    ]
    for mart in whole.marts:
        used = words["and"].join(
            in_language(label, language).rstrip("。") for label, read in whole.readers.items() if mart.name in read
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


def from_manifest() -> dict[str, Any]:
    """Parse the dbt project and return the dictionary as plain values.

    Raises:
        RuntimeError: dbt could not parse it.
    """
    from dbt.cli.main import dbtRunner

    folder = str(_PROJECT / "dbt_project")
    done = dbtRunner().invoke(
        ["--quiet", "parse", "--project-dir", folder, "--profiles-dir", folder, "--no-write-json"]
    )
    if not done.success:
        raise RuntimeError(str(done.exception))
    manifest: Any = done.result
    models = [node for node in manifest.nodes.values() if node.resource_type == "model" and node.schema == "marts"]
    grains = {
        test.attached_node: test.test_metadata.kwargs["columns"]
        for test in manifest.nodes.values()
        if hasattr(test, "test_metadata") and test.test_metadata.name == "unique_rows"
    }
    names = {model.unique_id: model.name for model in models}
    (group,) = manifest.groups.values()
    return {
        "owner": group.owner.name,
        "freshness": models[0].config.meta["freshness"],
        "readers": {
            exposure.label: sorted(names[node] for node in exposure.depends_on.nodes if node in names)
            for exposure in sorted(manifest.exposures.values(), key=lambda exposure: exposure.name)
        },
        "marts": [
            {
                "name": model.name,
                "description": model.description,
                "grain": grains[model.unique_id],
                "is_served": model.config.meta.get("is_served", True),
                "columns": [[c.name, c.data_type, c.description.strip()] for c in model.columns.values()],
            }
            for model in sorted(models, key=lambda model: model.name)
        ],
    }


def as_text(found: dict[str, Any]) -> str:
    """Return a dictionary as the file holds it: one column a line."""
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


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
    FILE.write_text(as_text(from_manifest()), encoding="utf-8")
    for language, path in PAGES.items():
        path.write_text(page(language), encoding="utf-8")
