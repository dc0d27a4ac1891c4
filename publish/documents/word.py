"""Documents for Word, from templates in the home that an office adapts without code."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from extract.common.atomic import replacing
from publish.documents.word_templates import write_default
from publish.language import say

TEMPLATES = {"self-assessment": "自评报告.docx", "notices": "限期整改通知书.docx"}


def write_word(kind: str, data: Mapping[str, Any], templates: Path, target: Path) -> None:
    """Fill the template of a kind and write the document.

    Args:
        kind: ``self-assessment`` or ``notices``.
        data: what the template's fields stand for.
        templates: folder of the home's templates; the project's own is put there where it has none.
        target: the ``.docx`` to write.

    Raises:
        ValueError: the template can't be filled; says which, why, and how to get the first one back.
    """
    import jinja2
    from docx.opc.exceptions import PackageNotFoundError
    from docxtpl import DocxTemplate

    template = templates / TEMPLATES[kind]
    if not template.exists():
        write_default(kind, template)
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True)
    try:
        document = DocxTemplate(str(template))
        document.render(dict(data), environment, autoescape=True)
    except (jinja2.TemplateError, PackageNotFoundError, KeyError, ValueError, SyntaxError) as error:
        raise ValueError(
            say(
                f"模板 {template} 填不了：{error}\n请在 Word 里改正该处的 {{{{ }}}} 或 {{% %}}；"
                "要用回原来的模板，删除这个文件再运行一次。",
                f"Template {template} can't be filled: {error}\nCorrect the {{{{ }}}} or {{% %}} in Word; to get the "
                "first template back, delete the file and run again.",
            )
        ) from None
    with replacing(target) as partial:
        document.save(str(partial))
