"""Read a definition file through its model; what is wrong is told with file, line and the nearest right word."""

from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from extract.common.seeds import read_csv
from extract.definitions.errors import DefinitionError, nearest, place_of

Model = TypeVar("Model", bound=BaseModel)


def read_yaml(path: Path) -> Any:
    """Return a YAML file. libyaml reads it, several times as fast as Python would.

    Raises:
        DefinitionError: it is not there, or no YAML.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except FileNotFoundError:
        raise DefinitionError(f"{place_of(path)}: 缺少这个文件。This file is missing.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = place_of(path, mark.line + 1 if mark else None)
        raise DefinitionError(
            f"{place}: 不是有效的 YAML。Not valid YAML: {getattr(error, 'problem', error)}"
        ) from error


def read_declaration(path: Path, model: type[Model]) -> Model:
    """Return a YAML file as its model.

    Raises:
        DefinitionError: a key is unknown or missing, or a value is none that is allowed.
    """
    raw = read_yaml(path)
    try:
        return model.model_validate(raw or {})
    except ValidationError as error:
        raise DefinitionError("\n".join(_problem(path, e, model) for e in error.errors())) from error


def parse_entry(path: Path, raw: dict[str, Any], model: type[Model], index: int) -> Model:
    """Return one entry of a list in a YAML file as its model.

    Raises:
        DefinitionError: as ``read_declaration``; the line is that of the key in the entry.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise DefinitionError("\n".join(_problem(path, e, model, index) for e in error.errors())) from error


@cache
def read_table(path: Path, model: type[Model]) -> tuple[tuple[int, Model], ...]:
    """Return the lines of a CSV file as models, each with its line number in the file.

    Raises:
        DefinitionError: the file is missing, or a line or column of it is not as declared.
    """
    try:
        rows = read_csv(path)
    except FileNotFoundError:
        raise DefinitionError(f"{place_of(path)}: 缺少这个文件。This file is missing.") from None
    found = []
    for line, row in enumerate(rows, 2):
        try:
            found.append((line, model.model_validate(row)))
        except ValidationError as error:
            raise DefinitionError("\n".join(_problem(path, e, model, line=line) for e in error.errors())) from error
    return tuple(found)


def _problem(path: Path, error: Any, model: type[BaseModel], index: int | None = None, line: int | None = None) -> str:
    """Say one error of pydantic as who maintains the file needs it."""
    key = str(error["loc"][0]) if error["loc"] else ""
    place = place_of(path, line or line_of(path, key, index))
    if error["type"] == "extra_forbidden":
        zh, en = nearest(key, model.model_fields)
        return f"{place}: 不认识的项 {key}{zh}。Unknown key {key}{en or '.'}"
    if error["type"] == "missing":
        return f"{place}: 缺少 {key}。{key} is missing."
    allowed = [str(word) for word in _allowed(model, key)]
    zh, en = nearest(str(error["input"]), allowed)
    one_of = f"，可填 {'、'.join(filter(None, allowed))}" if allowed else ""
    return (
        f"{place}: {key} 不能是“{error['input']}”{one_of}{zh}。{key} cannot be {error['input']!r}{en}: {error['msg']}."
    )


def _allowed(model: type[BaseModel], key: str) -> list[Any]:
    field = model.model_fields.get(key)
    return _words(field.annotation) if field else []


def _words(annotation: Any) -> list[Any]:
    found: list[Any] = []
    for part in get_args(annotation):
        found += _words(part) if get_args(part) else [part] if isinstance(part, str) else []
    return found


def line_of(path: Path, key: str, index: int | None) -> int | None:
    """Return the line of a key: at the top of a YAML file, or in entry ``index`` of its one list."""
    node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    if index is not None:
        entries = next((v for _, v in getattr(node, "value", []) if isinstance(v, yaml.SequenceNode)), None)
        node = entries.value[index] if entries else node
    lines = {k.value: k.start_mark.line + 1 for k, _ in getattr(node, "value", []) if isinstance(k, yaml.ScalarNode)}
    return lines.get(key, node.start_mark.line + 1 if node else None)
