"""Documents as PDF, set by Typst from the project's own templates."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from extract.common.atomic import replacing

_TEMPLATES = Path(__file__).parent / "templates"


def write_pdf(name: str, data: Mapping[str, Any], target: Path) -> None:
    """Set a document.

    Args:
        name: of the template.
        data: what it shows; texts are shown as they are, whatever signs they hold.
        target: the ``.pdf`` to write.
    """
    import typst

    pdf = typst.compile(
        _TEMPLATES / f"{name}.typ", sys_inputs={"data": json.dumps(dict(data), ensure_ascii=False, default=str)}
    )
    with replacing(target) as partial:
        partial.write_bytes(pdf)
