"""The statements that dbt sent, kept: the same rules on a file of the same shape send the same ones.

dbt needs seconds to load, to parse and to render what it renders to the same text every night. A build is recorded the
first time, and after it sent again as it was. Rules that changed, or a file with other tables (a first night, a history
that goes on, a night that builds on another), are another record: dbt makes it.
"""

import contextlib
import hashlib
import json
import re
from pathlib import Path

import duckdb

from extract.common.atomic import replacing
from extract.common.sql import quote_texts

_COUNTIES = re.compile(r"/\* changed counties \*/ \([^)]*\)")  # as the macro changed_counties writes them
_QUERY = re.compile(r"\s*(/\*.*?\*/\s*)*(select|with)\b", re.DOTALL)
_CONTRACT = re.compile(r"\s*(/\*.*?\*/\s*)*describe\b", re.DOTALL | re.IGNORECASE)

Statement = tuple[str, str]  # id of the node, SQL


def kept(build: Path, rules: str, database: Path, asked: object) -> Path:
    """Return where the statements are kept that these rules send to a database of this shape.

    Args:
        build: the folder of the records.
        rules: digest of the rules.
        database: the warehouse that ``warehouse.prepare`` prepared.
        asked: what dbt is asked to build of the project, in any form that tells one from another.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name, sql from duckdb_tables() where schema_name <> 'bronze' union all "
            # What a view says follows from the rules; DuckDB writes the columns that it leaves out in any order.
            "select schema_name, view_name, null from duckdb_views() where not internal and schema_name <> 'bronze' "
            "order by all"
        ).fetchall()
    shape = hashlib.sha256(repr((asked, Path(__file__).read_text(), tables)).encode()).hexdigest()
    return build / f"statements-{rules[:16]}-{shape[:16]}.json"


def keep(file: Path, sent: list[Statement]) -> None:
    """Keep what dbt sent to build: of its questions, the tests; the others' answers follow from the shape."""
    statements, in_transaction = [], False
    for node, sql in sent:
        is_build = node.startswith(("model.", "snapshot."))
        if is_build:
            in_transaction = sql == "BEGIN" or (in_transaction and sql != "COMMIT")
        if (
            _is_test(sql)
            or (is_build and not _CONTRACT.match(sql) and (in_transaction or not _QUERY.match(sql)))
            or (not node and "create schema" in sql)
        ):
            statements.append((node, sql))
    statements.sort(key=lambda one: (bool(one[0]), one[1] if not one[0] else ""))  # dbt makes schemas in any order
    with replacing(file) as partial:
        lines = [(node, _COUNTIES.sub("/* changed counties */ ()", sql)) for node, sql in statements]
        partial.write_text(json.dumps(lines, ensure_ascii=False, indent=0), encoding="utf-8")


def _is_test(sql: str) -> bool:
    return "as should_error" in sql


def send(file: Path, database: Path, memory: str, counties: list[str] | None) -> None:
    """Send kept statements again.

    Args:
        file: what ``keep`` kept.
        database: the prepared warehouse; its name is the catalog's in the statements.
        memory: DuckDB's limit.
        counties: the ones that are done anew, where only these are.

    Raises:
        RuntimeError: one of them failed, or a test did, with the name of its node.
    """
    literals = f"/* changed counties */ {quote_texts(counties or [''])}"
    with (
        contextlib.chdir(database.parent),
        duckdb.connect(database.name, config={"memory_limit": memory}) as connection,
    ):
        for node, sql in json.loads(file.read_text(encoding="utf-8")):
            try:
                result = connection.execute(_COUNTIES.sub(lambda _: literals, sql))
            except duckdb.Error as error:
                raise RuntimeError(f"dbt: {_name(node)}: {error}") from error
            if _is_test(sql) and (answer := result.fetchall()[0])[2]:
                raise RuntimeError(f"dbt: {_name(node)}: {answer[0]} rows fail it")


def _name(node: str) -> str:
    """model.junheng.mart_finance → mart_finance."""
    return ".".join(node.split(".")[2:3])
