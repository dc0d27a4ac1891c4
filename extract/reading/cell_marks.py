"""Cells of an .xlsx that hold an error or a formula without a stored result: the grid's reader shows them as blanks."""

import posixpath
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.parsers import expat

from openpyxl.utils.cell import column_index_from_string, coordinate_from_string


def mark_formulas_and_errors(archive: zipfile.ZipFile, problems: dict[str, dict[tuple[int, int], str]]) -> None:
    """Add (line, column) → ``error_value`` or ``formula_without_value`` to the problems of each sheet, by its name.

    Reads the cells alone: styles, filters and names that other programs wrote oddly do not matter.
    """
    for name, part in _parts(archive):
        if name in problems and part in archive.NameToInfo:
            problems[name] |= _Marks().read(archive.read(part))


def _parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield (name, part) of every sheet that the workbook lists."""
    book = next(
        name for name in archive.namelist() if name.lower() == "xl/workbook.xml" or name.startswith("xl/workbook.")
    )
    folder, file = posixpath.split(book)
    links = ElementTree.fromstring(archive.read(f"{folder}/_rels/{file}.rels"))
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for element in ElementTree.fromstring(archive.read(book)).iter():
        if element.tag.rpartition("}")[2] == "sheet":
            link = next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == "id"), None)
            target = targets.get(link, "")
            part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            yield element.get("name", ""), part


class _Marks:
    """One pass over a sheet: where each cell stands, whether it has a formula, and whether a value."""

    def __init__(self) -> None:
        self.found: dict[tuple[int, int], str] = {}
        self.line, self.column = -1, -1
        self.is_error = self.is_text = self.has_formula = self.has_value = self.is_inside_value = False

    def read(self, xml: bytes) -> dict[tuple[int, int], str]:
        parser = expat.ParserCreate(namespace_separator="}")
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = (
            self._start,
            self._end,
            self._text,
        )
        parser.Parse(xml, True)
        return self.found

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag.rpartition("}")[2]:
            case "row":
                # A row or cell without a place stands after the one before it.
                self.line = int(attributes["r"]) - 1 if "r" in attributes else self.line + 1
                self.column = -1
            case "c":
                self.column = (
                    column_index_from_string(coordinate_from_string(attributes["r"])[0]) - 1
                    if "r" in attributes
                    else self.column + 1
                )
                self.is_error, self.is_text = attributes.get("t") == "e", attributes.get("t") == "str"
                self.has_formula = self.has_value = False
            case "f":
                self.has_formula = True
            case "v" | "is":
                # The result of a formula may be the empty text; an empty value of any other type is none.
                self.has_value, self.is_inside_value = self.is_text, True

    def _text(self, text: str) -> None:
        self.has_value |= self.is_inside_value

    def _end(self, tag: str) -> None:
        name = tag.rpartition("}")[2]
        if name in ("v", "is"):
            self.is_inside_value = False
        if name != "c":
            return
        if self.is_error:
            self.found[self.line, self.column] = "error_value"
        elif self.has_formula and not self.has_value:
            self.found[self.line, self.column] = "formula_without_value"
