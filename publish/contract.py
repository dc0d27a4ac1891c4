"""The marts as an Open Data Contract (ODCS), from dbt's own contracts.

``python -m publish.contract`` writes docs/contract.odcs.yaml.
"""

from pathlib import Path
from typing import Any

import yaml

from publish.dictionary import Mart, dictionary, in_language
from publish.package import TYPES

FILE = Path(__file__).resolve().parent.parent / "docs" / "contract.odcs.yaml"
_VERSION = "1.0.0"  # raised by what docs/data-changes.csv calls redefined or removed
_TYPES = TYPES | {"timestamp": "timestamp"}


def contract() -> dict[str, Any]:
    """Return the contract: what each mart is, its columns and types, what a row is unique by, when it is renewed."""
    whole = dictionary()
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "junheng-marts",
        "name": "均衡 Junheng: marts",
        "version": _VERSION,
        "status": "active",
        "domain": "compulsory education",
        "description": {
            "purpose": "Where schools and counties stand against the standard for balanced compulsory education.",
            "usage": "Columns may be added, not renamed; docs/data-changes.csv tells what changed and why.",
            "limitations": "No personal data. A county's own file or login holds that county's rows only.",
        },
        "servers": [
            {"server": "file", "type": "duckdb", "database": "published/junheng.duckdb", "schema": "marts"},
            {"server": "parquet", "type": "local", "path": "published/parquet", "format": "parquet"},
        ],
        "team": {"name": in_language(whole.owner, "en")},
        "slaProperties": [
            {"property": "frequency", "value": 1, "unit": "d"},
            {"property": "timeOfAvailability", "value": "06:30+08:00"},
        ],
        "schema": [_table(mart) for mart in whole.marts],
    }


def _table(mart: Mart) -> dict[str, Any]:
    return {
        "name": mart.name,
        "physicalName": mart.name,
        "physicalType": "table",
        "logicalType": "object",
        "description": mart.description,
        "dataGranularityDescription": in_language(mart.description, "en"),
        "quality": [
            {
                "type": "library",
                "metric": "duplicateValues",
                "mustBe": 0,
                "arguments": {"properties": list(mart.grain)},
                "dimension": "uniqueness",
            }
        ],
        "properties": [
            {
                "name": column.name,
                "physicalName": column.name,
                "physicalType": column.data_type,
                "logicalType": _TYPES[column.data_type],
                "description": column.description,
                **(
                    {"primaryKey": True, "primaryKeyPosition": mart.grain.index(column.name) + 1}
                    if column.name in mart.grain
                    else {}
                ),
            }
            for column in mart.columns
        ],
    }


def as_text() -> str:
    """Return the contract as the file holds it."""
    heading = "# Written by `make docs` from the contracts of dbt_project/models/marts.\n"
    return heading + yaml.safe_dump(contract(), allow_unicode=True, sort_keys=False, width=120)


if __name__ == "__main__":
    FILE.write_text(as_text(), encoding="utf-8")
