"""Where each indicator stands, by its code: what it counts, its threshold, its SQL, the files that it needs.

``python -m publish.indicator_index`` writes ``docs/indicators.md`` from the seeds and the models.
"""

from pathlib import Path

from extract.common.atomic import replacing
from extract.common.seeds import seed
from extract.definitions.forms import declaration
from extract.definitions.vocabulary import measure_names

_PROJECT = Path(__file__).resolve().parents[1]
_MODELS = Path("dbt_project") / "models"
PAGE = _PROJECT / "docs" / "indicators.md"
_HEAD = """# Indicators by their code 指标索引

Written by `make docs` from the seeds and the models: what each indicator counts, what it asks for, and where its rule
stands. Thresholds are those of `{standard}`; a province's own are lines of [`standards.csv`]({standards}).

由种子表和模型生成：每项指标看什么、要求多少、规则写在哪里。"""
_STAGES = {"primary": "小学 primary", "junior": "初中 junior", "all": ""}


def page() -> str:
    """Return the index as a Markdown page."""
    standard = seed("standards")[0]["standard_version"]
    standards = "../dbt_project/seeds/standard/standards.csv"
    lines = [_HEAD.format(standard=standard, standards=standards)]
    for row in seed("indicators"):
        code = row["indicator_code"]
        lines += [f"\n## {code}\n\n{row['name_zh']} {row['name_en']}.\n"]
        lines += [f"- 要求 asks for: {_thresholds(code, standard, row)}"]
        lines += _numerators(code, row["scale"]) if row["dimension"] == "resource_allocation" else _criteria(code)
    return "\n".join(lines) + "\n"


def _thresholds(code: str, standard: str, indicator: dict[str, str]) -> str:
    asked = []
    for row in seed("standards"):
        if (row["standard_version"], row["indicator_code"]) == (standard, code) and not row["valid_to_year"]:
            group = "" if row["school_type_group"] == "all" else row["school_type_group"]
            words = [_STAGES.get(row["stage"], row["stage"]), group, row["part"]]
            words += [f"{indicator['comparator']} {row['threshold']}"]
            words += [f"(下限 floor {row['floor']})"] if row["floor"] else []
            asked.append(" ".join(filter(None, words)))
    return f"{'; '.join(asked)} {indicator['unit']}".strip()


def _numerators(code: str, scale: str) -> list[str]:
    names, lines = measure_names(), []
    per = f" × {scale}" if scale != "1" else ""
    for stage in ("primary", "junior"):
        parts = [
            ("− " if row["sign"].startswith("-") else "")
            + names[row["measure"]][0]
            + (" × 学段占比" * (row["is_shared"] == "true"))
            for row in seed("indicator_measures")
            if (row["indicator_code"], row["stage"]) == (code, stage)
        ]
        lines.append(f"- {_STAGES[stage]}: ({' + '.join(parts)}) ÷ 在校生{per}".replace("+ − ", "− "))
    where = _MODELS / "resources"
    return [
        *lines,
        f"- 规则 rule: {_link(Path('dbt_project/seeds/standard/indicator_measures.csv'))}, "
        f"{_link(where / 'int_indicator_components.sql')} → {_link(where / 'int_resource_values.sql')} → "
        f"{_link(where / 'int_resource_verdicts.sql')}",
        "- 用表 files: census",
    ]


def _criteria(code: str) -> list[str]:
    number = code.rstrip("abcdefghijklmnopqrstuvwxyz")
    (file,) = (
        path
        for path in (_PROJECT / _MODELS / "indicators").glob(f"{number[0].lower()}*_*.sql")
        if path.stem[1:].split("_")[0].lstrip("0") == number[1:]
    )
    forms = dict.fromkeys(row["form"] for row in seed("indicator_sources") if row["indicator_code"] == code)
    attested = any(row["indicator_code"] == code for row in seed("attested_items"))
    titles = [f"{declaration(form).title_zh} `{form}`" for form in forms]
    titles += [f"{declaration('attestations').title_zh} `attestations`"] * attested
    return [f"- 规则 rule: {_link(file.relative_to(_PROJECT))}", f"- 用表 files: {', '.join(titles)}"]


def _link(path: Path) -> str:
    return f"[`{path.name}`](../{path.as_posix()})"


if __name__ == "__main__":
    with replacing(PAGE) as partial:
        partial.write_text(page(), encoding="utf-8")
