"""What every mart and column means, from the dbt project's own descriptions: Chinese and English in one text."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

_MODELS = Path(__file__).resolve().parent.parent / "dbt_project" / "models"


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
    texts = dict(re.findall(r"{% docs (\w+) %}\n(.*?)\n{% enddocs %}", (_MODELS / "columns.md").read_text(encoding="utf-8"), re.DOTALL))
    declared = yaml.safe_load((_MODELS / "marts" / "marts.yml").read_text(encoding="utf-8"))["models"]
    return tuple(sorted((_mart(model, texts) for model in declared), key=lambda mart: mart.name))


def _mart(model: dict, texts: dict[str, str]) -> Mart:
    grain = next(tuple(test["unique_rows"]["arguments"]["columns"]) for test in model["data_tests"] if "unique_rows" in test)
    columns = tuple(Column(c["name"], c["data_type"], texts[re.search(r"doc\('(\w+)'\)", c["description"])[1]]) for c in model["columns"])
    return Mart(model["name"], model["description"], grain, model.get("config", {}).get("meta", {}).get("is_served", True), columns)
