"""dbt's documentation of the warehouse, as one page."""

import shutil
from pathlib import Path

from extract.common.atomic import replacing
from junheng.dbt import Dbt
from junheng.home import Home


def write_docs(home: Home) -> Path:
    """Write dbt's documentation as one self-contained page; return it.

    Raises:
        RuntimeError: dbt failed.
    """
    dbt = Dbt(home.build / "docs" / "junheng.duckdb", home.build / "docs", home.logs / "dbt")
    dbt.invoke("parse")  # writes down what the page shows
    dbt.invoke("docs", "generate", "--static", "--no-compile", "--empty-catalog")
    with replacing(home.reports / "data-dictionary.html") as page:
        shutil.copyfile(dbt.target / "static_index.html", page)
    return home.reports / "data-dictionary.html"
