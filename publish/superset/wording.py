"""Chinese for what Superset's own translation says wrongly, or in words that offices do not use, on these pages."""

from typing import Any

# English of Superset → what is said. Its own: "26 异常" (errors), "序列" (series), "额外控件", "要显示的可视化类型".
_WORDS = {
    "%s record": "共 %s 条",
    "%s records...": "共 %s 条",
    "%s records": "共 %s 条",
    "entries": "条",
    "entries per page": "条/页",
    "Filters and controls": "筛选",
    "Extra Controls": "筛选",
    "No results were returned for this query": "没有数据，原因见页面下方的说明",
    "There is currently no information to display.": "没有可显示的内容",
    "N/A": "—",
    "Dashboards": "看板",
}


def mend(app: Any) -> None:
    """Have the Chinese language pack served with these words; Superset calls this before its pages are set up."""
    from flask import Response, jsonify, request
    from superset.translations.utils import get_language_pack

    pack = get_language_pack("zh") or {}
    pack["locale_data"]["superset"] |= {english: [chinese] for english, chinese in _WORDS.items()}

    @app.before_request
    def language_pack() -> Response | None:
        return jsonify(pack) if request.path.endswith("/language_pack/zh/") else None
