"""What is written from the declarations of the sources, and checked in: nobody keeps a second list.

``python -m extract.definitions.generated`` writes it; a contract test and every night hold it against the declarations.
"""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from extract.common.atomic import replacing
from extract.definitions.errors import DefinitionError, place_of
from extract.definitions.forms import declaration, source_declarations, sources

_PROJECT = Path(__file__).resolve().parents[2]
_OTHER_TABLES = {
    "indicator_figures": "The figures of census_lines that R1–R7 are made of.",
    "lines_with_cells": "One row per line of the sources whose cells are listed, with its values in a list.",
    "cell_issues": "Cells that are not plain numbers or words.",
    "cell_locations": "Where each declared value stands in a file.",
    "rows": "One row per line of a file, with its kind.",
    "parsed_files": "One row per content read.",
    "deliveries": "One row per receipt, settled.",
    "ledger": "One row per event of the ledger, with the time since when it is known.",
    "superseded_schools": "Schools of a file for which another delivery is used.",
    "corrected_rows": "Rows, by file and line, that an accepted correction replaces.",
    "quarantined_cells": "Cells and rows that a check set aside.",
    "findings": "One row per breach of a check.",
    "check_results": "One row per run, check, form, year and county.",
}


def dbt_sources() -> str:
    """Return ``models/sources.yml``: the bronze tables that dbt reads."""
    tables = {
        f"{source}_lines": f"{declared.title_en}: one row per line of a file that holds figures, one column per figure."
        for source, declared in source_declarations().items()
    }
    lines = [
        "version: 2",
        "sources:",
        "  - name: bronze",
        "    description: Typed lines of every delivered file, and what became of each delivery; views over Parquet.",
        "    schema: bronze",
        "    tables:",
    ]
    for name, description in (tables | _OTHER_TABLES).items():
        lines += [f"      - name: {name}", f'        description: "{description}"']
    return "\n".join(lines) + "\n"


def form_clocks() -> str:
    """Return seed ``form_clocks``: which year's file of each form feeds an assessment."""
    lines = ["form,source,years_before,fallback_years,is_register_of_persons"]
    for source, forms in sources().items():
        for form in forms:
            declared = declaration(form)
            if clock := declared.clock:
                persons = str(declared.is_register_of_persons).lower()
                lines.append(f"{form},{source},{clock.years_before},{clock.fallback_years},{persons}")
    return "\n".join(lines) + "\n"


def with_table_of_forms(page: str) -> str:
    """Return a page of the documentation with its table of sources and forms brought up to date."""
    lines = ["| source | form | year of the folder | used for |", "|---|---|---|---|"]
    for source, forms in sources().items():
        for form in forms if not source_declarations()[source].is_made_here else ():
            declared = declaration(form)
            titles = f"{declared.title_zh} {declared.title_en}"
            source_zh = source_declarations()[source].title_zh
            lines.append(f"| `{source}` {source_zh} | {titles} | {declared.folder_year} | {declared.used_for} |")
    return re.sub(r"(?m)(?:^\|.*\n)+", "\n".join(lines) + "\n", page, count=1)


def _page(path: Path) -> str:
    return with_table_of_forms(path.read_text(encoding="utf-8"))


_PAGE = _PROJECT / "docs" / "office" / "what-goes-where.md"
WRITTEN: dict[Path, Callable[[], str]] = {
    _PROJECT / "dbt_project" / "models" / "sources.yml": dbt_sources,
    _PROJECT / "dbt_project" / "seeds" / "sources" / "form_clocks.csv": form_clocks,
    _PAGE: partial(_page, _PAGE),
}


def require_current() -> None:
    """Hold what dbt reads against the declarations.

    Raises:
        DefinitionError: a written file is not as the declarations say.
    """
    for path, text in WRITTEN.items():
        if path.suffix != ".md" and (not path.exists() or path.read_text(encoding="utf-8") != text()):
            raise DefinitionError(
                f"{place_of(path)}: 与 extract/sources 的声明不一致，请运行 make docs 重新生成。"
                "Not as extract/sources declares it: run make docs to write it anew."
            )


def main() -> None:
    """Write every file."""
    for path, text in WRITTEN.items():
        written = text()
        with replacing(path) as partial_path:
            partial_path.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
