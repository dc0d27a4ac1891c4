"""What one would write in an afternoon: census lists into a typed table with pandas and openpyxl.

One process, one file after the other. Prints seconds, rows and the sum of all figures as JSON.
"""

import json
import sys
import time

import pandas as pd


def header_paths(rows: pd.DataFrame) -> list[str]:
    """Return one path per column of a header of several lines, merged or not."""
    filled = rows.ffill(axis=1)
    paths = []
    for column in rows.columns:
        parts = [
            rows[column].iloc[i] if pd.notna(rows[column].iloc[i]) else filled[column].iloc[i] for i in range(len(rows))
        ]
        last = max((i for i in range(len(rows)) if pd.notna(rows[column].iloc[i])), default=0)
        paths.append("/".join(dict.fromkeys(str(p) for p in parts[: last + 1] if pd.notna(p))))
    return paths


def read(path: str) -> pd.DataFrame:
    """Return a list's schools: one typed column per header path."""
    if path.endswith(".csv"):
        raw = pd.read_csv(path, header=None, encoding="gb18030", dtype=str, skiprows=1)
        header, body = raw.iloc[:1], raw.iloc[1:]
    else:
        raw = pd.read_excel(path, header=None, engine="openpyxl")
        header, body = raw.iloc[1:6], raw.iloc[6:]
    table = body.set_axis(header_paths(header), axis=1)
    table = table[table.iloc[:, 1].notna() & (table.iloc[:, 0] != "合计")]
    for column in table.columns[9:]:
        text = table[column].astype(str).str.normalize("NFKC").str.replace(r"\s+", "", regex=True).str.replace(",", "")
        table[column] = pd.to_numeric(
            text.where(~text.isin(["", "-", "—", "/", "无", "空", "nan", "None"])), errors="coerce"
        )
    return table


def main() -> None:
    """Read the files named on standard input."""
    files = sys.stdin.read().splitlines()
    start = time.perf_counter()
    tables = [read(file) for file in files]
    seconds = time.perf_counter() - start
    print(
        json.dumps(
            {
                "seconds": seconds,
                "rows": sum(map(len, tables)),
                "sum": float(sum(t.iloc[:, 9:].sum().sum() for t in tables)),
            }
        )
    )


if __name__ == "__main__":
    main()
