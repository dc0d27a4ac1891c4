"""What a file is that is neither a workbook nor a CSV, whatever it calls itself: by its first bytes and its members."""

import re
import zipfile

from extract.refusal import Finding

_MAGIC = {b"%PDF": "PDF", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"{\\rtf": "RTF"}
_ARCHIVES = {b"Rar!": "RAR", b"7z\xbc\xaf": "7-Zip", b"\x1f\x8b": "gzip"}
_OFFICE = {"word/": "Word .docx", "ppt/": "PowerPoint .pptx", "visio/": "Visio .vsdx"}
_TABLE_FORMATS = {"xl/workbook.bin": "Excel .xlsb", "Index/Document.iwa": "Numbers"}
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument"
_XML_SPREADSHEET = re.compile(r"progid=\"Excel\.Sheet\"|urn:schemas-microsoft-com:office:spreadsheet")
_WEB_PAGE = re.compile(
    r"\s*<(!doctype|!--|\?xml|html|head|body|meta|style|table|thead|tbody|tr|td|th|div|span|p|br|center|font)\b",
    re.IGNORECASE,
)
_WEB_ARCHIVE = re.compile(
    r"\s*(MIME-Version|Content-Type|From|Subject|Date):.{0,2000}(multipart/related|text/html)",
    re.IGNORECASE | re.DOTALL,
)


def of_bytes(content: bytes) -> Finding | None:
    """Return why a file is no table that can be read, told by its first bytes; None if it may be one."""
    for magic, kind in _MAGIC.items():
        if content.startswith(magic):
            return Finding("not_a_table", found=kind)
    for magic, kind in _ARCHIVES.items():
        if content.startswith(magic):
            return Finding("archive", found=kind)
    return None


def of_archive(archive: zipfile.ZipFile) -> Finding | None:
    """Return what a ZIP is that holds no ordinary workbook; None if it holds one."""
    names = archive.namelist()
    if "xl/workbook.xml" in names or any(
        name.startswith("xl/workbook.") and name not in _TABLE_FORMATS for name in names
    ):
        return None
    for name, kind in _TABLE_FORMATS.items():
        if name in names:
            return Finding("other_table_format", found=kind)
    for folder, kind in _OFFICE.items():
        if any(name.startswith(folder) for name in names):
            return Finding("not_a_table", found=kind)
    mimetype = archive.read("mimetype") if "mimetype" in names and archive.getinfo("mimetype").file_size < 200 else b""
    if mimetype.startswith(_ODS):
        return Finding("other_table_format", found="OpenDocument .ods")
    if mimetype.startswith(_OPEN_DOCUMENT):
        return Finding("not_a_table", found="OpenDocument")
    return Finding("archive", found="ZIP: " + ", ".join(names[:3]))


def of_text(text: str) -> Finding | None:
    """Return what a text is that was saved as a web page or as XML; None if it may be a CSV."""
    head = text[:4000]
    if head.lstrip().startswith("<") and _XML_SPREADSHEET.search(head):
        return Finding("saved_as_web_page", found="XML 2003")
    if _WEB_ARCHIVE.match(head):
        return Finding("saved_as_web_page", found="MHTML")
    if _WEB_PAGE.match(head):
        return Finding("saved_as_web_page", found="HTML")
    return None
