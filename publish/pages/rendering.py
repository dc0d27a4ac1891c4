"""Turn facts into one self-contained file: templates, styles, scripts and data inlined; nothing is fetched."""

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from publish import words

_HERE = Path(__file__).parent
_CHARTS = _HERE / "vendor" / "echarts.common.min.js"  # Apache ECharts as it is published
# A colour never stands alone: each verdict and status has a sign.
_SIGNS = {
    **dict.fromkeys(("pass", "met", "closed", "optimal"), ("good", "✓")),
    **dict.fromkeys(("fail", "missed", "overdue"), ("bad", "✕")),
    **dict.fromkeys(("no_data", "open", "reported"), ("unknown", "?")),
    "behind": ("unknown", "▼"),
    "on_track": ("good", "▲"),
    "not_applicable": ("none", "–"),
}


def render(template: str, data: Mapping[str, Any], **context: Any) -> str:
    """Return a page.

    Args:
        template: its name in ``templates/``.
        data: what the page's own script works with; JSON.
        context: what the template asks for.
    """
    return _environment().get_template(template).render(data=_inline_json(data), **context)


@cache
def digest() -> str:
    """Return what changes when the look of pages does."""
    sha = hashlib.sha256()
    for file in sorted(_HERE.rglob("*")):
        if file.is_file() and file.suffix != ".pyc":
            sha.update(file.read_bytes())
    sha.update(Path(words.__file__).read_bytes())
    return sha.hexdigest()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    scripts = [_CHARTS.read_text(encoding="utf-8"), *map(_file, ("whatif.js", "page.js"))]
    environment.globals.update(
        t=both,
        word=word,
        mark=mark,
        amount=amount,
        n=words.number,
        how=how,
        style=Markup(_file("page.css")),
        scripts=[Markup(script) for script in scripts],
        policy=_policy(scripts),
    )
    return environment


def _file(name: str) -> str:
    return (_HERE / "templates" / name).read_text(encoding="utf-8")


def _policy(scripts: list[str]) -> str:
    """Return a policy under which a page runs its own scripts, by their hashes, and asks nothing of any machine."""
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; script-src {hashes}"


def _inline_json(data: Mapping[str, Any]) -> Markup:
    """Return JSON that no text within can end the script element of."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str)
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def both(zh: object, en: object) -> Markup:
    """Return a text in both languages, of which the page shows one."""
    return Markup(f'<span lang="zh-CN">{escape(zh)}</span><span lang="en">{escape(en)}</span>')


def word(column: str, code: str | None) -> Markup | str:
    """Return what a code of a column means, in both languages."""
    known = words.CODED[column]
    return both(*known[code]) if code in known else code or ""


def mark(code: str | None, column: str = "verdict") -> Markup:
    """Return a verdict or status with its sign and colour."""
    kind, sign = _SIGNS.get(code or "", ("none", "–"))
    return Markup(f'<span class="mark {kind}"><i aria-hidden="true">{sign}</i>{escape(word(column, code))}</span>')


def amount(quantity: float | None, unit: str | None) -> Markup:
    """Return a quantity with its unit."""
    if quantity is None:
        return Markup("—")
    return Markup(f"{escape(words.shown_quantity(quantity, unit))} {escape(word('unit', unit))}")


def how(text: str | None) -> Markup | str:
    """Return how a verdict came about, in both languages."""
    return both(words.how(text, "zh"), words.how(text, "en")) if text else ""
