"""A definition that cannot be used is told with its file, its line and the nearest right word."""

from pathlib import Path

import pytest

from expectations.check import CheckDeclaration
from extract.definitions.declared import FieldDeclaration, FormDeclaration, SourceDeclaration
from extract.definitions.errors import DefinitionError
from extract.definitions.loading import parse_entry, read_declaration, read_table, read_yaml

_SOURCE = "title_zh: 营养餐\ntitle_en: School meals\nposition: 99\n"
_FORM = "layout: list\ntitle_zh: 表\ntitle_en: Form\nfolder_year: autumn\nused_for: G16\n"
_YAML = [
    (SourceDeclaration, _SOURCE.replace("title_en", "titel_en"), ["x.yml:2", "titel_en", "是不是 title_en"]),
    (SourceDeclaration, _SOURCE.replace("position: 99\n", ""), ["x.yml", "缺少 position"]),
    (SourceDeclaration, _SOURCE.replace("99", "first"), ["x.yml:3", "position 不能是“first”"]),
    (FormDeclaration, _FORM.replace("layout: list", "layout: lists"), ["x.yml:1", "是不是 list", "workbook"]),
    (FormDeclaration, _FORM + "clok: {years_before: 1, fallback_years: 0}\n", ["x.yml:6", "是不是 clock"]),
    (FormDeclaration, _FORM + "clock: {years_before: 1}\n", ["x.yml", "clock"]),
]


@pytest.mark.parametrize(("model", "text", "told"), _YAML)
def test_a_declaration(tmp_path: Path, model: type, text: str, told: list[str]):
    path = tmp_path / "x.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as error:
        read_declaration(path, model)
    assert all(part in str(error.value) for part in told), str(error.value)


_HEADER = "first_year,last_year,column,stage,measure,unit,required\n"
_TABLES = [
    (_HEADER + ",,一,all,pupils,,yes\n,,二,al,pupils,,yes\n", ["x.csv:3", "stage", "是不是 all"]),
    (_HEADER + ",,一,all,pupils,,si\n", ["x.csv:2", "required", "yes"]),
    (_HEADER + "autumn,,一,all,pupils,,yes\n", ["x.csv:2", "first_year", "autumn"]),
    (_HEADER.replace("measure", "mesure") + ",,一,all,pupils,,yes\n", ["x.csv", "mesure", "是不是 measure"]),
]


@pytest.mark.parametrize(("text", "told"), _TABLES)
def test_a_table(tmp_path: Path, text: str, told: list[str]):
    path = tmp_path / "x.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as error:
        read_table(path, FieldDeclaration)
    assert all(part in str(error.value) for part in told), str(error.value)


def test_an_entry_of_a_list_is_found_by_its_place(tmp_path: Path):
    path = tmp_path / "checks.yml"
    path.write_text("checks:\n  - id: one\n    severity: warn\n  - id: two\n    severity: warning\n", encoding="utf-8")
    entry = read_yaml(path)["checks"][1]
    with pytest.raises(DefinitionError) as error:
        parse_entry(path, entry, CheckDeclaration, 1)
    assert "checks.yml:5" in str(error.value) and "是不是 warn" in str(error.value)


def test_what_is_missing_or_no_yaml_is_named(tmp_path: Path):
    with pytest.raises(DefinitionError, match=r"none\.yml: 缺少这个文件"):
        read_yaml(tmp_path / "none.yml")
    path = tmp_path / "broken.yml"
    path.write_text("a: [1,\nb: 2\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"broken\.yml:\d+: 不是有效的 YAML"):
        read_yaml(path)
