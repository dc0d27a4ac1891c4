"""What is written from declarations is as they say: nobody keeps a second list."""

import json
import re
from importlib import resources
from pathlib import Path

import open_data_contract_standard.model as open_data_contract_standard
import pytest
import yaml
from jsonschema import Draft201909Validator

from extract.definitions.generated import WRITTEN
from junheng import settings
from publish import contract, indicator_index
from publish.dictionary import marts
from tests.conftest import PROJECT

_OF_CONTAINERS = {
    "JUNHENG_BIND",
    "JUNHENG_POSTGRES_BIND",
    "JUNHENG_TLS_PROXY",
    "JUNHENG_LANDING",
    "JUNHENG_LOADER_PASSWORD",
    "JUNHENG_DASHBOARDS_PASSWORD",
}


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_a_written_file_is_as_the_sources_declare_it(path: Path):
    assert path.read_text(encoding="utf-8") == WRITTEN[path](), f"{path.name}: run make docs"


def test_the_page_of_settings_is_that_of_the_model():
    assert settings.PAGE.read_text(encoding="utf-8") == settings.page(), "run make docs"
    known = {f"JUNHENG_{name.upper()}" for name in settings.Settings.model_fields}
    used = {
        variable
        for name in (".env.example", "docker-compose.yml")
        for variable in re.findall(r"JUNHENG_[A-Z_]+", (PROJECT / name).read_text(encoding="utf-8"))
    }
    # What the containers alone are told: where they listen, the folder that they see, passwords of roles.
    assert used - known == _OF_CONTAINERS


def test_the_index_of_indicators_is_that_of_the_rules():
    text = indicator_index.PAGE.read_text(encoding="utf-8")
    assert text == indicator_index.page(), "run make docs"
    assert "(教学及辅助用房面积 × 学段占比 − 室内体育用房面积 × 学段占比) ÷ 在校生\n" in text


def test_the_contract_is_that_of_the_marts_and_one_that_other_programs_read():
    text = contract.FILE.read_text(encoding="utf-8")
    assert text == contract.as_text(), "run make docs"
    schema = json.loads((resources.files("open_data_contract_standard") / "schema.json").read_text(encoding="utf-8"))
    said = yaml.safe_load(text)
    assert [*Draft201909Validator(schema).iter_errors(said)] == []
    assert [*Draft201909Validator(schema).iter_errors(said | {"schema": [{"name": 1}]})]
    read = open_data_contract_standard.OpenDataContractStandard.from_string(text)
    assert {table.name for table in read.schema_} == {mart.name for mart in marts()}
