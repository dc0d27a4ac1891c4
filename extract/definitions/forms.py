"""Sources and their forms: the shape of each delivered file, per year, from ``extract/sources``."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from extract.common.seeds import seed
from extract.common.text import label
from extract.definitions.declared import FieldDeclaration, FormDeclaration, SheetDeclaration, SourceDeclaration
from extract.definitions.errors import DefinitionError, place_of
from extract.definitions.loading import read_declaration, read_table
from extract.definitions.vocabulary import require_measure

SOURCES = Path(__file__).resolve().parent.parent / "sources"
_EXTRACT = SOURCES.parent
_Line = TypeVar("_Line", FieldDeclaration, SheetDeclaration)
# What reads a file, whatever its source.
_READING = ("common/text.py", "common/spreadsheet.py", "definitions/*.py", "reading/*.py", "vocabulary/*", "refusal.py")


@dataclass(frozen=True, eq=False)
class Field:
    """One declared value of a form: which measure it feeds and how its cell is recognised.

    ``line``/``number`` name the line and ``column`` the header path of a workbook's cell;
    a list has only ``column``. ``required`` is ``yes``, ``no`` or ``stage`` (required when a
    school in the file must report that stage). ``measure`` is empty for declared non-data.
    """

    stage: str
    measure: str
    column: str
    required: str
    unit: str = ""
    sheet: str = ""
    line: str = ""
    number: str = ""
    address: str = ""

    @cached_property
    def figure(self) -> tuple[str, str]:
        """Return what the value is: (stage, measure)."""
        return self.stage, self.measure

    @cached_property
    def heading(self) -> str:
        """Return its column as a label to compare."""
        return label(self.column)


@dataclass(frozen=True)
class Sheet:
    """One declared sheet of a workbook form."""

    sheet: str
    title_zh: str
    stage: str
    required: bool


@dataclass(frozen=True)
class Form:
    """A form as it stands in one year."""

    id: str
    source: str
    layout: str
    title_zh: str
    title_en: str
    year: int
    fields: tuple[Field, ...]
    sheets: tuple[Sheet, ...] = ()
    identity_sheet: str = ""
    key_measure: str = ""
    second_measure: str = ""

    @cached_property
    def fields_by_sheet(self) -> dict[str, list[Field]]:
        """Return sheet → its fields, in the order declared."""
        grouped: dict[str, list[Field]] = {}
        for field in self.fields:
            grouped.setdefault(field.sheet, []).append(field)
        return grouped

    @property
    def is_complete(self) -> bool:
        """Tell whether every line is known by its label, so that cells can be trusted."""
        return self.layout == "list" or all(field.line for field in self.fields)


@cache
def source_declarations() -> dict[str, SourceDeclaration]:
    """Return source → its declaration, in the order in which sources are listed.

    Raises:
        DefinitionError: a folder has no usable ``source.yml``.
    """
    folders = [path for path in SOURCES.iterdir() if path.is_dir()]
    declared = {folder.name: read_declaration(folder / "source.yml", SourceDeclaration) for folder in folders}
    return dict(sorted(declared.items(), key=lambda item: (item[1].position, item[0])))


@cache
def sources() -> dict[str, tuple[str, ...]]:
    """Return source → its forms, by name.

    Raises:
        DefinitionError: a source has no form, or a folder in it is none.
    """
    return {source: _forms_of(SOURCES / source) for source in source_declarations()}


def _forms_of(folder: Path) -> tuple[str, ...]:
    forms = tuple(sorted(path.name for path in folder.iterdir() if path.is_dir()))
    if not forms:
        raise DefinitionError(
            f"{place_of(folder)}: 没有一张表。It has no form: a folder with form.yml and columns.csv."
        )
    return forms


@cache
def declaration(form: str) -> FormDeclaration:
    """Return what ``form.yml`` says of a form.

    Raises:
        DefinitionError: it is not there, or not as declared.
    """
    return read_declaration(_folder(form) / "form.yml", FormDeclaration)


@cache
def source_of(form: str) -> str:
    """Return the source that a form belongs to."""
    return next(source for source, forms in sources().items() if form in forms)


@cache
def load_form(form: str, year: int) -> Form | None:
    """Return a form as it stands in ``year``, or None where nothing is declared for that year.

    Raises:
        DefinitionError: a file of its folder cannot be used.
    """
    declared = declaration(form)
    fields = tuple(
        Field(**line.model_dump(exclude={"first_year", "last_year"})) for line in _in_force(_fields(form), year)
    )
    if not fields:
        return None
    sheets = _in_force(_sheets(form), year) if declared.layout == "workbook" else ()
    return Form(
        id=form,
        source=source_of(form),
        layout=declared.layout,
        title_zh=declared.title_zh,
        title_en=declared.title_en,
        year=year,
        fields=fields,
        sheets=tuple(Sheet(s.sheet, s.title_zh, s.stage, s.required == "yes") for s in sheets),
        identity_sheet=declared.identity_sheet,
        key_measure=declared.key_measure,
        second_measure=declared.second_measure,
    )


def require_form(form: str, year: int) -> Form:
    """Return a form as it stands in ``year``, or in the last year it is declared for.

    Raises:
        DefinitionError: it is declared for no year.
    """
    declared = load_form(form, year) or load_form(form, 9999)
    if declared is None:
        raise DefinitionError(f"{place_of(_folder(form))}: {year} 年没有声明。Not declared for {year}.")
    return declared


@cache
def measures_of_source(source: str) -> tuple[tuple[str, str], ...]:
    """Return every (stage, measure) that any form of a source reports in any year, sorted."""
    lines = (line for form in sources()[source] for line in _fields(form))
    return tuple(sorted({(line.stage, line.measure) for line in lines if line.measure}))


def is_cumulative(source: str) -> bool:
    """Tell whether a source is only added to: every file stays in force, rows are picked by their own keys."""
    return source in source_declarations() and source_declarations()[source].is_cumulative


@cache
def labels_of_source(source: str) -> frozenset[str]:
    """Return every column heading that a form of a source declares in any year, as ``label`` gives a cell."""
    return frozenset(label(line.column) for form in sources()[source] for line in _fields(form)) - {""}


@cache
def declared_labels() -> frozenset[str]:
    """Return every column heading that any form declares in any year, as ``label`` gives a cell."""
    return frozenset().union(*(labels_of_source(source) for source in sources()))


def known_years(form: str) -> str:
    """Return the years a form is completely declared for, as text for a message."""
    is_list = declaration(form).layout == "list"
    spans = {(f.first_year or 0, f.last_year or 9999) for f in _fields(form) if is_list or f.line}
    ends = {0: "…", 9999: "…"}
    return ", ".join(f"{ends.get(first, first)}–{ends.get(last, last)}" for first, last in sorted(spans)) or "-"


@cache
def definitions_digest(source: str) -> str:
    """Return a digest of what decides how a file of a source is read: its forms, its measures, the words, the code."""
    digest = sha256()
    patterns = [*_READING, f"sources/{source}/*/*"]
    for path in sorted({path for pattern in patterns for path in _EXTRACT.glob(pattern) if path.is_file()}):
        digest.update(path.relative_to(_EXTRACT).as_posix().encode() + b"\0" + path.read_bytes())
    own = {measure for _, measure in measures_of_source(source)}
    digest.update(repr([row for row in seed("measures") if row["measure"] in own]).encode())
    digest.update(repr(seed("school_types")).encode())
    return digest.hexdigest()[:16]


def _folder(form: str) -> Path:
    return SOURCES / source_of(form) / form


@cache
def _fields(form: str) -> tuple[FieldDeclaration, ...]:
    """Return the lines of a form's columns or cells, those of the form that it extends first."""
    declared = declaration(form)
    table = _folder(form) / ("cells.csv" if declared.layout == "workbook" else "columns.csv")
    own = read_table(table, FieldDeclaration)
    for line, field in own:
        if field.measure:
            require_measure(field.measure, place_of(table, line))
    return (*(_fields(declared.columns_of) if declared.columns_of else ()), *(field for _, field in own))


def _sheets(form: str) -> tuple[SheetDeclaration, ...]:
    return tuple(sheet for _, sheet in read_table(_folder(form) / "sheets.csv", SheetDeclaration))


def _in_force(lines: Iterable[_Line], year: int) -> list[_Line]:
    return [line for line in lines if (line.first_year or 0) <= year <= (line.last_year or 9999)]
