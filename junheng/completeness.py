"""Whether every source and every indicator is declared whole, so that nothing is left out without a word.

A source or an indicator has several pieces (CONTRIBUTING.md lists them). A piece that is missing would show as "no
data", or not at all; so each run begins by asking for all of them, and names what it lacks.
"""

import re
from collections.abc import Iterator

from extract.common.seeds import seed, seed_path
from extract.definitions.errors import DefinitionError, nearest, place_of
from extract.definitions.forms import declaration, load_form, measures_of_source, source_of, sources
from extract.definitions.generated import require_current
from junheng.home import PROJECT

_INDICATORS = PROJECT / "dbt_project" / "models" / "indicators"
_UNION = _INDICATORS / "int_indicator_criteria.sql"
_FILE = re.compile(r"([gqs])0*(\d+)_\w+")
_ANY_YEAR = 9999


def require_complete() -> None:
    """Hold the declarations against each other.

    Raises:
        DefinitionError: pieces are missing; names each, with the file that it belongs in.
    """
    from expectations.suite import load

    for source in sources():
        measures_of_source(source)
        load(source)
    require_current()
    if missing := [*_of_indicators(), *_of_forms()]:
        raise DefinitionError("\n".join(missing))


def _of_indicators() -> Iterator[str]:
    files = {file for path in _INDICATORS.glob("*.sql") if (file := path.stem) and _FILE.fullmatch(file)}
    by_code = {_code_of(file): file for file in files}
    in_union = set(re.findall(r"'(\w+)'", _UNION.read_text(encoding="utf-8").partition("%}")[0]))
    with_standard = {row["indicator_code"] for row in seed("standards")}
    with_scope = {row["indicator_code"] for row in seed("indicator_scope")}
    with_measures = {row["indicator_code"] for row in seed("indicator_measures")}
    with_evidence = {row["indicator_code"] for name in ("indicator_sources", "attested_items") for row in seed(name)}
    indicators = {row["indicator_code"]: row for row in seed("indicators")}
    for code, row in indicators.items():
        if code not in with_standard:
            yield _lacks(code, "standards", "一行标准", "no line with its threshold")
        if row["dimension"] == "resource_allocation":
            if code not in with_measures:
                yield _lacks(code, "indicator_measures", "分子由哪些数据项相加", "no line for its numerator")
            continue
        if _number(code) not in by_code:
            example = f"{code[0].lower()}{int(_number(code)[1:]):02d}_….sql"
            where = place_of(_INDICATORS)
            yield f"{where}: 指标 {code} 缺少判定文件 {example}。Indicator {code} lacks its criteria: {example}."
        if row["level"] == "school" and code not in with_scope:
            yield _lacks(code, "indicator_scope", "适用的学校类型", "no line for the school types that it covers")
        if code not in with_evidence:
            yield _lacks(code, "indicator_sources", "依据哪张表", "no line for the form that it stands on")
    for number, file in sorted(by_code.items()):
        if file not in in_union:
            yield (
                f"{place_of(_UNION)}: 没有列出 {file}，它不会进入任何结论。"
                f"{file} is not in the list of indicators: no verdict would come of it."
            )
        if number not in {_number(code) for code in indicators}:
            yield f"{place_of(seed_path('indicators'))}: {file} 没有对应的指标。No indicator has the criteria {file}."


def _of_forms() -> Iterator[str]:
    """Hold what indicators stand on against the forms: each has its measures, and a clock unless it is the census."""
    forms = {form for of_source in sources().values() for form in of_source}
    path = place_of(seed_path("indicator_sources"))
    for line, row in enumerate(seed("indicator_sources"), 2):
        code, form, measure = row["indicator_code"], row["form"], row["measure"]
        if form not in forms:
            zh, en = nearest(form, forms)
            yield f"{path}:{line}: 没有叫 {form} 的表{zh}。No form is called {form}{en or '.'}"
            continue
        declared = load_form(form, _ANY_YEAR)
        if measure and declared and measure not in {field.measure for field in declared.fields}:
            zh, en = nearest(measure, {field.measure for field in declared.fields})
            yield f"{path}:{line}: {form} 没有 {measure} 这一栏{zh}。{form} has no column for {measure}{en or '.'}"
        if not declaration(form).clock and source_of(form) != "census":
            place = f"extract/sources/{source_of(form)}/{form}/form.yml"
            yield f"{place}: 缺少 clock：指标 {code} 用哪一年的表。clock is missing: which year's file feeds {code}."


def _lacks(code: str, name: str, zh: str, en: str) -> str:
    return f"{place_of(seed_path(name))}: 指标 {code} 缺少{zh}。Indicator {code}: {en}."


def _number(code: str) -> str:
    """Return an indicator's number without the letter of its part: G11a → G11."""
    return code.rstrip("abcdefghijklmnopqrstuvwxyz")


def _code_of(file: str) -> str:
    match = _FILE.fullmatch(file)
    return f"{match[1].upper()}{match[2]}" if match else ""
