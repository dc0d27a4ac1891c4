"""Two warehouses side by side: every mart and every table of the history, row for row.

``python -m tests.same_marts OLD.duckdb NEW.duckdb`` prints what differs and ends with 1 if anything does.
What a rebuilding of the code must not change is held by this.
"""

import sys
from pathlib import Path

import duckdb

# Names of runs and of versions, and moments of writing: they tell when a warehouse was made, not what it says.
_OF_THE_RUN = {"run_id", "run", "version_id", "recorded_at", "checked_at"}
_TABLES = (
    "select table_schema, table_name from information_schema.tables where table_schema in ('marts', 'snapshots') "
    "order by all"
)


def differences(old: Path, new: Path) -> list[str]:
    """Return one line per table of the old warehouse that the new one lacks or that says something else there."""
    found = []
    with (
        duckdb.connect(str(old), read_only=True) as before,
        duckdb.connect(str(new), read_only=True) as after,
        duckdb.connect() as beside,
    ):
        standing = set(after.execute(_TABLES).fetchall())
        for schema, table in before.execute(_TABLES).fetchall():
            name = f"{schema}.{table}"
            if (schema, table) not in standing:
                found.append(f"{name}: gone")
                continue
            described = before.execute(f"describe {name}").fetchall()
            columns = {column: kind for column, kind, *_ in described if column not in _OF_THE_RUN}
            if missing := columns.keys() - set(after.table(name).columns):
                found.append(f"{name}: without {', '.join(sorted(missing))}")
                continue
            select = f"select {', '.join(map(_compared, columns, columns.values()))} from {name}"
            beside.register("old_rows", before.sql(select).to_arrow_table())
            beside.register("new_rows", after.sql(select).to_arrow_table())
            gone = beside.execute("from old_rows except all from new_rows").fetchall()
            come = beside.execute("from new_rows except all from old_rows").fetchall()
            if gone or come:
                found.append(
                    f"{name}: {len(gone)} rows gone, {len(come)} new; first {(gone or [''])[0]} → {(come or [''])[0]}"
                )
    return found


def _compared(column: str, kind: str) -> str:
    # Warehouses made before sums were taken in order differ in the last bits.
    return f"printf('%.10g', {column}) as {column}" if kind == "DOUBLE" else column


if __name__ == "__main__":
    lines = differences(Path(sys.argv[1]), Path(sys.argv[2]))
    print(*lines or ["the same"], sep="\n")
    sys.exit(bool(lines))
