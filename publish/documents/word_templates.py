"""The templates that offices adapt in Word, as they are before anybody has: written where a home has none."""

from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

_BODY, _TITLE, _HEADING = "仿宋", "方正小标宋简体", "黑体"  # what official documents are set in


def write_default(kind: str, target: Path) -> None:
    """Write the template of a kind: ``self-assessment`` or ``notices``."""
    document = _blank()
    {"self-assessment": _self_assessment, "notices": _notice}[kind](document)
    target.parent.mkdir(parents=True, exist_ok=True)
    document.save(str(target))


def _blank() -> Any:
    """Return an A4 page as official documents have it: 37 mm above, 28 mm to the left, text of 156 × 225 mm."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.left_margin, section.right_margin, section.bottom_margin = (
        Mm(37),
        Mm(28),
        Mm(26),
        Mm(35),
    )
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(16)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _BODY)
    style.paragraph_format.line_spacing = Pt(28)
    style.paragraph_format.space_after = Pt(0)
    header = section.header.paragraphs[0]
    header.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _run(header, "{% if is_synthetic %}合成数据，不是真实学校{% endif %}", size=10.5)
    return document


def _run(
    paragraph: Any, text: str, font: str = _BODY, size: float = 16, *, bold: bool = False, red: bool = False
) -> Any:
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(size), bold
    run.font.name = "Times New Roman"
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    if red:
        run.font.color.rgb = RGBColor(0xC0, 0x00, 0x00)
    return run


def _paragraph(document: Any, text: str, *, indent: bool = True, align: Any = None) -> Any:
    paragraph = document.add_paragraph()
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(32)
    paragraph.alignment = align
    _run(paragraph, text)
    return paragraph


def _heading(document: Any, text: str) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    paragraph.paragraph_format.first_line_indent = Pt(32)
    _run(paragraph, text, _HEADING)


def _title(document: Any, text: str) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.line_spacing = Pt(36)
    paragraph.paragraph_format.space_after = Pt(14)
    _run(paragraph, text, _TITLE, 22)


def _table(document: Any, loop: str, columns: dict[str, str], widths: tuple[float, ...]) -> None:
    """Add a table with one row for each turn of the loop."""
    table = document.add_table(rows=4, cols=len(columns), style="Table Grid")
    table.autofit = False
    heads, begin, row, end = table.rows
    heads._tr.get_or_add_trPr().append(heads._tr.makeelement(qn("w:tblHeader"), {qn("w:val"): "true"}))
    row._tr.get_or_add_trPr().append(row._tr.makeelement(qn("w:cantSplit"), {}))
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    begin.cells[0].text, end.cells[0].text = f"{{%tr for {loop} %}}", "{%tr endfor %}"
    for position, (head, text) in enumerate(columns.items()):
        for cells, shown, font in ((heads, head, _HEADING), (row, text, _BODY)):
            cell = cells.cells[position]
            cell.width = Mm(widths[position])
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.line_spacing = Pt(15)
            _run(paragraph, shown, font, 7 if ".bar" in shown else 10.5)
    document.add_paragraph().paragraph_format.line_spacing = Pt(10)


def _self_assessment(document: Any) -> None:
    _title(document, "{{ county }} {{ assessment_year }}年义务教育优质均衡发展自评报告")
    _heading(document, "一、总体情况")
    _paragraph(
        document,
        "按{{ known_on }}及以前收到的资料，对照国家标准，{{ county }} {{ assessment_year }}年"
        "自评结论为“{{ verdict }}”。"
        "各项指标中，达标{{ passed }}项，不达标{{ failed }}项，因缺少资料未判定{{ unknown }}项；"
        "一票否决事项：{{ vetoes }}。",
    )
    _table(
        document,
        "d in dimensions",
        {"方面": "{{ d.name }}", "结论": "{{ d.verdict }}"},
        (110, 46),
    )
    for number, (position, name) in enumerate(enumerate(("资源配置", "政府保障程度", "教育质量", "社会认可度")), 2):
        _heading(document, f"{'零一二三四五六七八九'[number]}、{name}")
        _paragraph(document, f"{name}：{{{{ dimensions[{position}].verdict }}}}。逐项情况如下。")
        _table(
            document,
            f"i in dimensions[{position}].indicators",
            {
                "代码": "{{ i.code }}",
                "指标": "{{ i.name }}",
                "学段": "{{ i.stage }}",
                "数值": "{{ i.value }}",
                "标准": "{{ i.standard }}",
                "结论": "{{ i.verdict }}",
                "说明与依据": "{{ i.note }}",
            },
            (13, 43, 12, 24, 16, 17, 31),
        )
        if position == 0:
            _paragraph(document, "校际差异系数（条形到 10 格为限值）：")
            _table(
                document,
                "c in coefficients",
                {
                    "指标": "{{ c.code }} {{ c.name }}",
                    "学段": "{{ c.stage }}",
                    "系数": "{{ c.cv }}",
                    "限值": "{{ c.limit }}",
                    "图示": "{{ c.bar }}",
                    "结论": "{{ c.verdict }}",
                    "主要由谁拉大": "{{ c.by }}",
                },
                (28, 12, 15, 13, 28, 17, 43),
            )
    _heading(document, "六、到2025年、2027年的目标")
    _table(
        document,
        "t in targets",
        {
            "目标": "{{ t.name }}",
            "期限": "{{ t.due }}",
            "目标值": "{{ t.goal }}",
            "最近": "{{ t.latest }}",
            "预计": "{{ t.forecast }}",
            "状态": "{{ t.status }}",
        },
        (56, 14, 24, 28, 17, 17),
    )
    _heading(document, "七、存在的问题与整改")
    _paragraph(document, "现有未销号缺口{{ gaps | length }}项，按责任科室列出。")
    _table(
        document,
        "g in gaps",
        {
            "学校": "{{ g.school }}{{ g.stage }}",
            "指标": "{{ g.code }} {{ g.indicator }}",
            "缺口": "{{ g.missing }}",
            "责任科室": "{{ g.office }}",
            "期限": "{{ g.due_words }}",
            "状态": "{{ g.status }}",
        },
        (34, 46, 18, 24, 20, 14),
    )
    _heading(document, "八、达标方案")
    _paragraph(
        document,
        "{% if plans %}{% for p in plans %}{{ p.about }}。{% endfor %}依据和假设：{{ plans[0].rests_on }}。"
        "{% else %}尚未编制最小方案。{% endif %}",
    )
    _table(
        document,
        "s in plan_steps",
        {
            "年份": "{{ s.due }}",
            "做法": "{{ s.action }}",
            "指标": "{{ s.code }} {{ s.indicator }}",
            "学校": "{{ s.school }}{{ s.stage }}",
            "调出学校": "{{ s.giver }}",
            "数量": "{{ s.how_much }}",
            "解决": "{{ s.mends }}",
        },
        (14, 20, 28, 34, 28, 18, 14),
    )
    _heading(document, "九、数据质量")
    _paragraph(
        document,
        "拒收未改的文件{{ refused | length }}个；隔离或提醒的数据{{ set_aside | length }}处；"
        "没有交表的学校{{ not_delivered | length }}所"
        "{% if not_delivered %}（{{ not_delivered | join('、') }}）{% endif %}。",
    )
    _heading(document, "附件：各校达标情况")
    _table(
        document,
        "s in schools",
        {
            "学校": "{{ s.name }}",
            "学段": "{{ s.stage }}",
            "城乡": "{{ s.place }}",
            "达标项": "{{ s.met }}",
            "结论": "{{ s.verdict }}",
            "到标准还缺": "{{ s.missing }}",
        },
        (42, 12, 12, 15, 17, 58),
    )
    _paragraph(document, "（单位名称）", align=WD_ALIGN_PARAGRAPH.RIGHT, indent=False)
    _paragraph(document, "{{ today }}", align=WD_ALIGN_PARAGRAPH.RIGHT, indent=False)


def _notice(document: Any) -> None:
    head = document.add_paragraph()
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    head.paragraph_format.line_spacing = Pt(40)
    _run(head, "（发文机关）文件", _TITLE, 26, red=True)
    number = document.add_paragraph()
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(number, "（发文字号）")
    rule = document.add_paragraph()
    rule.paragraph_format.line_spacing = Pt(8)
    borders = rule._p.get_or_add_pPr().makeelement(qn("w:pBdr"), {})
    borders.append(
        borders.makeelement(
            qn("w:bottom"), {qn("w:val"): "single", qn("w:sz"): "12", qn("w:space"): "1", qn("w:color"): "C00000"}
        )
    )
    rule._p.get_or_add_pPr().append(borders)
    _title(document, "限期整改通知书")
    _paragraph(document, "{{ school }}、{{ office }}：", indent=False)
    _paragraph(
        document,
        "按{{ known_on }}及以前收到的资料，对照义务教育优质均衡发展国家标准，{{ school }}有下列{{ gaps | length }}项"
        "尚未达到标准，已逾期或长期没有进展，请按期整改：",
    )
    _table(
        document,
        "g in gaps",
        {
            "指标": "{{ g.code }} {{ g.indicator }}",
            "学段": "{{ g.stage }}",
            "缺口": "{{ g.missing }}",
            "发现": "{{ g.opened }}",
            "原定期限": "{{ g.due_words }}",
            "状态": "{{ g.status }}",
        },
        (58, 13, 24, 22, 24, 15),
    )
    _paragraph(document, "请于收到本通知之日起十五日内报送整改措施，整改完成后及时报送有关材料。")
    _paragraph(document, "（发文机关）", align=WD_ALIGN_PARAGRAPH.RIGHT, indent=False)
    _paragraph(document, "{{ today }}", align=WD_ALIGN_PARAGRAPH.RIGHT, indent=False)
