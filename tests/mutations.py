"""Files made wrong at random: in their bytes, inside their archive, in their cells, in their names."""

import io
import random
import re
import zipfile
from collections.abc import Callable

import openpyxl

_CELLS = [
    "=1+1",
    "+86 10",
    "@SUM(A1)",
    "-",
    "—",
    "／",
    "无",
    "../../etc/passwd",
    "C:\\con",
    "\u202e321",
    "a\u0300\u200b",
    "０",
    "１２３",
    "1,234",
    "1,23",
    "1e400",
    "-1e308",
    "1e-400",
    "nan",
    "inf",
    "0x10",
    "TRUE",
    "12.5.6",
    "９９９９９９９９９９９９",
    "'; drop table marts; --",
    "<b>&amp;</b>",
    "{0}",
    "%s%n",
    "合计",
    "小计",
    "填表人：",
    "注：",
    "表号：教基3112",
    "标识码：1",
    "2099/2100学年初",
    "12 34",
    "220\n220",
    "4 000",
    "1 4",
    "30 00.5",
    "12_x000D_\n3",
    "'0012",
    '="0012"',
    "6.4032E+17",
    6.4032119900101e17,
    "2025/9/1 0:00:00",
    "2025年9月",
    "20250901",
    45901,
    "85%",
    "3间",
    "1.5万元",
    14.000000000000002,
    -1e-17,
    "Ⅲ级",
    "合计（4所）",
    "其中：乡村",
    "总　计：",
    "数据来源：合成",
    "1.本表不含教学点。",
    "第1页 共1页",
    "学校标识码",
    "x" * 40000,
    "😀",
    "9999-12-31",
    "1900-02-29",
    1e308,
    -0.0,
    5e-324,
    2**53 + 1,
    -7,
    3.5,
    True,
    0,
    None,
]
_NAMES = [
    "=cmd()",
    "+1",
    "@x",
    "-rf",
    "a b",
    "a..;",
    "\u202egpj",
    "%00",
    "'\"",
    "～$",
    "表" * 60,
    "[红]",
    "$(id)",
    "`id`",
    "{}",
    "#1",
    "&amp;",
    "<x>",
]


def mutate(content: bytes, suffix: str, rng: random.Random) -> tuple[str, bytes]:
    """Return (what was done, the file's bytes after it)."""
    kinds: list[Callable[[bytes, random.Random], bytes]] = [flipped, cut, repeated, spliced]
    kinds += (
        [member_changed, member_changed, member_dropped, member_twice, cells_changed, cells_changed, cells_changed]
        if suffix == "xlsx"
        else []
    )
    kinds += [csv_changed, csv_changed, csv_changed] if suffix == "csv" else []
    done = []
    for _ in range(rng.choice([1, 1, 2])):
        kind = rng.choice(kinds)
        if done and kind is cells_changed:
            continue  # openpyxl would fall for what was done before
        try:
            content = kind(content, rng)
        except Exception:
            continue  # already beyond what this kind can read
        done.append(kind.__name__)
    return "+".join(done), content


def name(rng: random.Random, number: int, suffix: str) -> str:
    """Return a file name that somebody may give."""
    return f"{rng.choice(_NAMES) if rng.random() < 0.3 else '学校'}{number}.{suffix}"


def timeless(content: bytes) -> bytes:
    """Return a workbook that does not say when it was written, so that a seed makes the same bytes on every day."""
    return _rezipped(content, lambda members: [m for m in members.items() if m[0] != "docProps/core.xml"])


def flipped(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice([1, 5, 50])):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def cut(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content))]


def repeated(content: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(content))
    return content[:start] + content[start : start + rng.randrange(2000)] * rng.randrange(2, 9) + content[start:]


def spliced(content: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(content))
    return content[:start] + rng.randbytes(rng.randrange(200)) + content[start + rng.randrange(200) :]


def _rezipped(content: bytes, change: Callable[[dict[str, bytes]], list[tuple[str, bytes]]]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = change({n: archive.read(n) for n in archive.namelist()})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members:
            archive.writestr(zipfile.ZipInfo(member), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


_XML_CHANGES: list[tuple[str, str]] = [
    (r"<row ", '<row r="99999999999" '),
    (r't="s"', 't="n"'),
    (r"<v>[^<]*</v>", "<v>99999999999999999999</v>"),
    (r"<v>[^<]*</v>", "<v></v>"),
    (r'r="[A-Z]+(\d+)"', r'r="ZZZZ\1"'),
    (r'r="([A-Z]+)\d+"', r'r="\g<1>0"'),
    (r"<sheetData>", '<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    (r"</sheetData>", ""),
    (r'ref="[^"]*"', 'ref="A1:XFD1048576"'),
    (r"<c ", '<c t="e" '),
    (r"<v>", "<f>1+1</f><v>"),
    (r"<v>([^<]*)</v>", r"<f>[1]x!A1</f>"),
    (
        r"\?>",
        '?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c '
        '"&b;&b;&b;&b;&b;&b;&b;&b;">]>',
    ),
    (r"\?>", '?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'),
    (r"<t[^>]*>[^<]*</t>", "<t>&e;</t>"),
    (r"utf-8|UTF-8", "utf-16"),
]


def member_changed(content: bytes, rng: random.Random) -> bytes:
    def change(members: dict[str, bytes]) -> list[tuple[str, bytes]]:
        chosen = rng.choice([n for n in members if n.endswith(".xml")])
        pattern, replacement = rng.choice(_XML_CHANGES)
        text = re.sub(pattern, replacement, members[chosen].decode(), count=rng.choice([0, 1, 3]))
        return list((members | {chosen: text.encode()}).items())

    return _rezipped(content, change)


def member_dropped(content: bytes, rng: random.Random) -> bytes:
    return _rezipped(content, lambda members: [m for m in members.items() if m[0] != rng.choice(list(members))])


def member_twice(content: bytes, rng: random.Random) -> bytes:
    def change(members: dict[str, bytes]) -> list[tuple[str, bytes]]:
        chosen = rng.choice(list(members))
        return [*members.items(), (chosen + rng.choice(["", "~", "/"]), b"<x/>")]

    return _rezipped(content, change)


def cells_changed(content: bytes, rng: random.Random) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    for _ in range(rng.choice([1, 3, 20])):
        sheet = rng.choice(book.worksheets)
        action = rng.randrange(15)
        line, column = rng.randint(1, sheet.max_row + 1), rng.randint(1, sheet.max_column + 1)
        if action == 0:
            sheet.delete_rows(line)
        elif action == 1:
            sheet.insert_cols(column, rng.choice([1, 2, 300]))
        elif action == 2:
            sheet.insert_rows(line, rng.choice([1, 3]))
        elif action == 3 and len(book.worksheets) > 1:
            book.remove(sheet)
        elif action == 4:
            sheet.title = rng.choice(["x", "=1", "教基3112", "a" * 31])
        elif action == 5:
            sheet.merge_cells(
                start_row=line,
                start_column=column,
                end_row=line + rng.randrange(3),
                end_column=column + rng.randrange(3),
            )
        elif action == 6:
            sheet.sheet_state = (
                "hidden" if len([s for s in book.worksheets if s.sheet_state == "visible"]) > 1 else "visible"
            )
        elif action == 7:
            again = [cell.value for cell in sheet[rng.randint(1, min(6, sheet.max_row))]]
            sheet.append(again)  # a header, or a title, printed again
        elif not isinstance(cell := sheet.cell(line, column), openpyxl.cell.MergedCell):
            value = rng.choice(_CELLS)
            cell.value = openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value
    out = io.BytesIO()
    book.save(out)
    return timeless(out.getvalue())


def csv_changed(content: bytes, rng: random.Random) -> bytes:
    lines = content.decode("gb18030").split("\r\n")
    delimiter = rng.choice(",,\t;")
    if '"' not in content.decode("gb18030"):
        lines = [line.replace(",", delimiter) for line in lines]
    else:
        delimiter = ","
    for _ in range(rng.choice([1, 3, 20])):
        i = rng.randrange(len(lines))
        cells = lines[i].split(delimiter)
        action = rng.randrange(8)
        if action == 0:
            del lines[i]
        elif action == 1:
            lines.insert(i, lines[i])
        elif action == 2:
            cells.insert(rng.randrange(len(cells)), rng.choice(["", "x"]))
            lines[i] = delimiter.join(cells)
        elif action == 3:
            lines[i] = '"' + lines[i]
        else:
            cells[rng.randrange(len(cells))] = str(rng.choice(_CELLS))
            lines[i] = delimiter.join(cells)
    return "\r\n".join(lines).encode(rng.choice(["gb18030", "utf-8", "utf-8-sig", "utf-16", "utf-16-le"]), "replace")
