"""The statements that dbt sent, kept: the same rules on a file of the same shape send the same ones.

dbt needs seconds to load, to parse and to render what it renders to the same text every night. A build is recorded the
first time, and after it sent again as it was. Rules that changed, or a file with other tables (a first night, a history
that goes on, a night that builds on another), are another record: dbt makes it.
"""

import contextlib
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb

from extract.common.atomic import replacing
from extract.common.sql import quote_texts

_COUNTIES = re.compile(r"/\* changed counties \*/ \([^)]*\)")  # as the macro changed_counties writes them
_QUERY = re.compile(r"\s*(/\*.*?\*/\s*)*(select|with)\b", re.DOTALL)
_CONTRACT = re.compile(r"\s*(/\*.*?\*/\s*)*describe\b", re.DOTALL | re.IGNORECASE)

# Of a few counties a statement is mostly planned, which takes one core; of all, each takes every core and its memory.
_AT_ONCE = 2

_AS_DBT_WRITES = "set disabled_compression_methods = 'fsst'"  # dbt_project/profiles.yml says why

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


def keep(file: Path, sent: list[Statement], needs: Mapping[str, list[str]]) -> None:
    """Keep what dbt sent to build: of its questions, the tests; the others' answers follow from the shape.

    Args:
        file: where.
        sent: id of the node and SQL, in the order in which they were sent.
        needs: node → the nodes that it reads.
    """
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
    of_node: dict[str, list[str]] = defaultdict(list)
    for node, sql in statements:
        of_node[node].append(_COUNTIES.sub("/* changed counties */ ()", sql))
    lines = [(node, sorted(_sent_before(node, needs, of_node)), own) for node, own in of_node.items()]
    with replacing(file) as partial:
        partial.write_text(json.dumps(lines, ensure_ascii=False, indent=0), encoding="utf-8")


def _sent_before(node: str, needs: Mapping[str, list[str]], sent: Mapping[str, object]) -> set[str]:
    """Return the nodes with statements that a node reads, by itself or by what has none of its own."""
    found = set()
    for other in needs.get(node, []):
        found |= {other} if other in sent else _sent_before(other, needs, sent)
    return found


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
    nodes = {node: (needs, own) for node, needs, own in json.loads(file.read_text(encoding="utf-8"))}
    with (
        contextlib.chdir(database.parent),
        duckdb.connect(database.name, config={"memory_limit": memory}) as connection,
        ThreadPoolExecutor(_AT_ONCE if counties else 1) as pool,
    ):
        connection.execute(_AS_DBT_WRITES)
        _, schemas = nodes.pop("", ([], []))
        _send(connection, "", schemas, literals)
        order = TopologicalSorter({node: needs for node, (needs, _) in nodes.items()})
        order.prepare()
        number = {node: place for place, node in enumerate(nodes)}
        running: dict[Future[None], str] = {}
        try:
            while order.is_active():
                for node in sorted(order.get_ready(), key=number.__getitem__):
                    running[pool.submit(_send, connection, node, nodes[node][1], literals)] = node
                for done in wait(running, return_when=FIRST_COMPLETED).done:
                    done.result()
                    order.done(running.pop(done))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _send(connection: duckdb.DuckDBPyConnection, node: str, statements: list[str], literals: str) -> None:
    with connection.cursor() as cursor:
        for sql in statements:
            try:
                result = cursor.execute(_COUNTIES.sub(lambda _: literals, sql))
            except duckdb.Error as error:
                raise RuntimeError(f"dbt: {_name(node)}: {error}") from error
            if _is_test(sql) and (answer := result.fetchall()[0])[2]:
                raise RuntimeError(f"dbt: {_name(node)}: {answer[0]} rows fail it")


def _name(node: str) -> str:
    """model.junheng.mart_finance → mart_finance."""
    return ".".join(node.split(".")[2:3])
