"""The shape of each definition file, as pydantic models: what is not declared here is refused.

A source is one folder, ``extract/sources/<source>/``: ``source.yml``, ``checks.yml``, and a folder per form with
``form.yml`` and its columns (``columns.csv`` of a list; ``cells.csv`` and ``sheets.csv`` of a workbook).
"""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Stage = Literal["all", "primary", "junior", "senior"]
Year = Annotated[int | None, BeforeValidator(lambda text: text or None)]


class Declared(BaseModel):
    """What every definition has in common: nothing unknown, nothing changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceDeclaration(Declared):
    """``source.yml``: what people call the source, and how its files add up."""

    title_zh: str
    title_en: str
    position: int = Field(description="Place among the sources, wherever they are listed")
    is_cumulative: bool = Field(
        False, description="Only added to, of many years at once: every file stays in force, rows by their own keys"
    )
    is_made_here: bool = Field(
        False, description="A command of this installation writes its files; nobody fills them in"
    )
    has_cell_lineage: bool = Field(True, description="Its cells are listed in mart_source_lineage")


class ClockDeclaration(Declared):
    """Which year's file feeds an assessment: so many years before it, or else so many more."""

    years_before: int
    fallback_years: int


class FormDeclaration(Declared):
    """``form.yml``: one kind of file of a source."""

    layout: Literal["list", "workbook"]
    title_zh: str
    title_en: str
    folder_year: str = Field(description="What the year of its folder means")
    used_for: str = Field(description="What it decides")
    key_measure: str = Field("", description="The column that tells a data row from any other")
    second_measure: str = Field("", description="The column that the header of a list must have as well")
    columns_of: str = Field("", description="The form whose columns it has besides its own")
    identity_sheet: str = Field("", description="The sheet of a workbook that names the school")
    clock: ClockDeclaration | None = Field(None, description="None: it feeds no indicator")
    is_register_of_persons: bool = Field(False, description="Its lines are persons: counted, never listed")


class FieldDeclaration(Declared):
    """A line of ``columns.csv`` or ``cells.csv``: one value of a form, and the years it is there."""

    first_year: Year
    last_year: Year
    column: str
    stage: Stage | Literal[""]
    measure: str = Field(description="Empty: a column that holds no figure")
    required: Literal["yes", "no", "stage"]
    unit: str = ""
    sheet: str = ""
    line: str = ""
    number: str = ""
    address: str = ""


class SheetDeclaration(Declared):
    """A line of ``sheets.csv``: one sheet of a workbook, and the years it is there."""

    first_year: Year
    last_year: Year
    sheet: str
    title_zh: str
    stage: Stage | Literal[""]
    required: Literal["yes", "no", "stage"]
