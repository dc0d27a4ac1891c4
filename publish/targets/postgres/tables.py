"""The tables that the marts are on a server: their columns, and the labels that many rows share."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from publish.dictionary import Mart

if TYPE_CHECKING:
    import psycopg

# What many rows share: table of labels → its columns. Those that a mart has of them are one key in its rows.
LABELS = {
    "county": ("county_zh",),
    "school": ("school_name", "member_school_name", "school_type", "urban_rural"),
    "source": ("file_name", "sheet", "evidence", "how"),
    "wording": ("indicator_zh", "measure_zh", "unit", "gap_unit", "reason", "standard_version"),
}
# The words of rules, the same for every county. Other labels are of one county: were they shared, who delivers a name
# would learn from the number of labels whether another county has it.
_OF_ALL = {"wording"}
_SQL_TYPES = {
    "varchar": 'text collate "C"',
    "date": "date",
    "timestamp": "timestamp",
    "double": "double precision",
    "integer": "integer",
    "bigint": "bigint",
    "hugeint": "bigint",
    "boolean": "boolean",
}


@dataclass(frozen=True)
class Table:
    """A table on the server: what is read for it, its columns and their types, what it is indexed and filtered by."""

    name: str
    select: str
    types: dict[str, str]
    index: tuple[str, ...]
    is_unique: bool = False
    labels: tuple[str, ...] = ()  # whose texts are read with its rows and lie beside them


def columns_of(mart: Mart) -> dict[str, str]:
    """Return the columns of a mart's table and their types: what is not among the labels, and the key of each label."""
    shared = shared_columns(mart)
    own = {column.name: column.data_type for column in mart.columns if column.name not in shared}
    return own | {key_of(label): "bigint" for label in shared.values()}


def rows_of(mart: Mart, salt: str) -> Table:
    """Describe the table of a mart. What BI tools and row rules filter by is indexed; its grain is unique already.

    ``salt`` is of one copy, and kept nowhere: a plan can tell how many keys are smaller than a login's own, which is
    nothing as long as nobody can say which key a label has.
    """
    shared = shared_columns(mart)
    labels, types = tuple(dict.fromkeys(shared.values())), columns_of(mart)
    read = [
        f"cast({column.name} as bigint) as {column.name}" if column.data_type == "hugeint" else column.name
        for column in mart.columns
        if column.name not in shared
    ]
    for label in labels:
        read += [f"{name if name in shared else 'cast(null as varchar)'} as label_{name}" for name in LABELS[label]]
        whose = ["county_code"] if "county_code" in types and label not in _OF_ALL else []
        key = ", ".join([f"'{salt}'", *whose, *texts_of(label)])
        read.append(f"cast(hash({key}) >> 1 as bigint) as {key_of(label)}")
    index = tuple(name for name in ("county_code", "census_year", "assessment_year") if name in types) or mart.grain
    return Table(mart.name, f"select {', '.join(read)} from marts.{mart.name}", types, index, labels=labels)


def labels_of_all(label: str) -> Table:
    """Describe a table of labels, of what was found with the rows. Two of the same key do not fit its unique index.

    They lie in the order of their keys: in that of their finding, a login's own would be told after how many others.
    """
    types = {key_of(label): "bigint", **dict.fromkeys(texts_of(label), "varchar")}
    return Table(
        f"label_{label}", f"select distinct * from {label}_found order by 1", types, (key_of(label),), is_unique=True
    )


def shared_columns(mart: Mart) -> dict[str, str]:
    """Return the columns of a mart that lie among the labels: name → label. What tells rows apart stays with them."""
    names = {column.name for column in mart.columns} - set(mart.grain)
    return {name: label for label, columns in LABELS.items() for name in columns if name in names}


def key_of(label: str) -> str:
    """Return the column that says which label is a row's."""
    return f"{label}_key"


def texts_of(label: str) -> list[str]:
    """Return a label's columns, as they are named where rows and labels are read together."""
    return [f"label_{name}" for name in LABELS[label]]


def create(server: "psycopg.Connection", table: Table) -> None:
    """Create the table. Texts compare byte by byte: an index over codes is built in half the time."""
    from psycopg import sql

    columns = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(_SQL_TYPES[kind])) for name, kind in table.types.items()
    ]
    server.execute(
        sql.SQL("create table {} ({})").format(sql.Identifier("rows_new", table.name), sql.SQL(", ").join(columns))
    )


def index(server: "psycopg.Connection", table: Table) -> None:
    """Index a table, and count what it holds."""
    from psycopg import sql

    name = sql.Identifier("rows_new", table.name)
    columns = sql.SQL(", ").join(map(sql.Identifier, table.index))
    begin = sql.SQL("create unique index" if table.is_unique else "create index")
    server.execute(begin + sql.SQL(" on {} ({})").format(name, columns))
    server.execute(sql.SQL("analyze {}").format(name))
