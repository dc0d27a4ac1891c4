"""What lies beside exported marts: ``schema.csv`` for people, ``datapackage.json`` for programs (Data Package, v1)."""

import csv
import json
from pathlib import Path
from typing import Any

from extract.common.atomic import replacing
from publish.dictionary import Column, Mart, dictionary, marts

# Types of the marts' columns → those of Data Packages.
TYPES = {
    "varchar": "string",
    "double": "number",
    "integer": "integer",
    "bigint": "integer",
    "hugeint": "integer",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "datetime",
}


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


def write_package(folder: Path, name: str, files: dict[str, list[str]], left_out: dict[str, list[str]]) -> None:
    """Write ``datapackage.json`` over the files of a folder; the same files give the same text.

    Args:
        folder: where it lies.
        name: of the package; small letters, digits and hyphens.
        files: mart → its files, relative to the folder; all of one format.
        left_out: mart → columns that the names of its folders hold, and its files do not.
    """
    whole = dictionary()
    package = {
        "name": name,
        "title": "均衡 Junheng",
        "description": whole.freshness,
        "contributors": [{"title": whole.owner, "role": "publisher"}],
        "resources": [
            _resource(mart, files[mart.name], left_out.get(mart.name, [])) for mart in marts() if files.get(mart.name)
        ],
    }
    with replacing(folder / "datapackage.json") as partial:
        partial.write_text(json.dumps(package, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _resource(mart: Mart, paths: list[str], left_out: list[str]) -> dict[str, Any]:
    columns = [column for column in mart.columns if column.name not in left_out]
    key = [name for name in mart.grain if name not in left_out]
    form = paths[0].rpartition(".")[2]
    return {
        "name": mart.name,
        "description": mart.description,
        "path": paths[0] if len(paths) == 1 else paths,
        "format": form,
        **({"profile": "tabular-data-resource", "encoding": "utf-8"} if form == "csv" else {}),
        **({"partitionedBy": left_out} if left_out else {}),
        "schema": {
            "fields": [_field(column) for column in columns],
            **({} if left_out else {"primaryKey": key}),
            **({"missingValues": [""]} if form == "csv" else {}),
        },
    }


def _field(column: Column) -> dict[str, str]:
    kind = TYPES[column.data_type]
    more = {"format": "any"} if kind == "datetime" else {}
    return {"name": column.name, "type": kind, **more, "description": column.description}
