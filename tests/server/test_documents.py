"""What an office sends or files, opened as people open it: Word and Excel by LibreOffice, PDF as text."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pytest

from tests.conftest import Office, copy_of
from tests.server.test_pages import COUNTY, HOSTILE, deliver, page_of, pages_office

__all__ = ["pages_office"]


@pytest.fixture
def written(pages_office: Office, tmp_path: Path) -> Path:
    done = pages_office.run("report", "all", "--county", COUNTY, "--target", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    return tmp_path / "out"


def text_of_pdf(file: Path) -> str:
    return subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True).stdout


def opened_by_office(file: Path, folder: Path) -> str:
    """Return what LibreOffice prints of a document."""
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, file],
        check=True,
        capture_output=True,
    )
    return text_of_pdf(folder / f"{file.stem}.pdf")


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_the_self_assessment_says_the_same_in_word_and_on_paper(pages_office: Office, written: Path, tmp_path: Path):
    name = f"自评报告_{COUNTY}_2025"
    ((verdict, passed, failed),) = pages_office.query(
        "select verdict, indicators_passed, indicators_failed from marts.mart_county_scorecard where county_code = ? "
        "and assessment_year = 2025",
        [COUNTY],
    )
    assert verdict == "fail"
    for text in (opened_by_office(written / f"{name}.docx", tmp_path), text_of_pdf(written / f"{name}.pdf")):
        said = squeezed(text)
        assert f"达标{passed}项，不达标{failed}项" in said and "合成数据" in said
        assert "多媒体教室2间" in said
        for school in HOSTILE:
            assert squeezed(school) in said
        assert all(code in said for code in ("R1", "G15", "Q9b", "S1"))


def test_lists_are_excels_own_kind_and_hold_no_formula(pages_office: Office, written: Path):
    (file,) = written.glob("整改台账_*.xlsx")
    sheet = openpyxl.load_workbook(file)["整改台账"]
    heads = [cell.value for cell in sheet[2]]
    rows = [dict(zip(heads, [cell.value for cell in row], strict=True)) for row in sheet.iter_rows(min_row=3)]
    ledger = pages_office.query(
        "select school_id, indicator_code, quantity_missing from marts.mart_gap_ledger where county_code = ? and "
        "closed_on is null order by all",
        [COUNTY],
    )
    found = sorted((r["学校标识码"] or "", r["指标代码"], r["到标准还差"]) for r in rows)
    assert [(s or "", c, q) for s, c, q in ledger] == found
    floors = dict(
        pages_office.query(
            "select school_id, gap_to_floor from marts.mart_resource_allocation where county_code = ? and "
            "census_year = 2024 and indicator_code = 'R7' and gap_to_standard > 0",
            [COUNTY],
        )
    )
    assert {r["学校标识码"]: r["到底线还差"] for r in rows if r["指标代码"] == "R7"} == floors and floors
    assert sheet.freeze_panes == "B3" and sheet.auto_filter.ref and sheet.print_title_rows == "$2:$2"
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    (offices,) = written.glob("差距清单_*.xlsx")
    assert sum(page.max_row - 2 for page in openpyxl.load_workbook(offices)) == len(ledger)


def test_a_notice_for_each_school_and_office_that_owes(pages_office: Office, written: Path, tmp_path: Path):
    due = pages_office.query(
        "select distinct school_id, responsible_office from marts.mart_gap_ledger where county_code = ? and "
        "needs_notice",
        [COUNTY],
    )
    notices = sorted((written / "限期整改通知书").glob("*.docx"))
    assert len(notices) == len(due) > 0
    said = squeezed(opened_by_office(notices[-1], tmp_path))
    assert "限期整改通知书" in said and "请按期整改" in said


def test_one_page_for_each_school(written: Path, pages_office: Office, tmp_path: Path):
    (file,) = written.glob("学校体检单_*.pdf")
    sheets = text_of_pdf(file).split("\f")[:-1]
    assert len(sheets) == 6 and all("合成数据" in squeezed(sheet) for sheet in sheets)
    assert "最少要做：多媒体教室1间" in squeezed(sheets[1])
    done = pages_office.run("report", "学校体检单", "--county", COUNTY, "--school", "第5", "--target", tmp_path / "one")
    assert done.returncode == 0
    (one,) = (tmp_path / "one").glob("*.pdf")
    assert len(text_of_pdf(one).split("\f")) == 2


def test_an_office_adapts_its_template_and_a_broken_one_is_told(pages_office: Office, written: Path, tmp_path: Path):
    template = pages_office.root / "templates" / "限期整改通知书.docx"
    first = template.read_bytes()
    try:
        replace_in_word(template, "（发文机关）文件", "合成县教育局文件")
        done = pages_office.run("report", "notices", "--county", COUNTY, "--target", tmp_path / "own")
        assert done.returncode == 0
        notice = next((tmp_path / "own" / "限期整改通知书").glob("*.docx"))
        assert "合成县教育局文件" in opened_by_office(notice, tmp_path)
        replace_in_word(template, "{{ today }}", "{{ todya }}")
        done = pages_office.run("report", "notices", "--county", COUNTY, "--target", tmp_path / "own")
        assert done.returncode == 2 and "todya" in done.stderr and "删除这个文件" in done.stderr
        template.write_bytes(b"no document")
        done = pages_office.run("report", "notices", "--county", COUNTY, "--target", tmp_path / "own")
        assert done.returncode == 2 and "Traceback" not in done.stderr and str(template) in done.stderr
    finally:
        template.write_bytes(first)


def replace_in_word(document: Path, old: str, new: str) -> None:
    changed = document.with_suffix(".new")
    with zipfile.ZipFile(document) as before, zipfile.ZipFile(changed, "w") as after:
        for item in before.infolist():
            content = before.read(item)
            if item.filename == "word/document.xml":
                assert old.encode() in content
                content = content.replace(old.encode(), new.encode())
            after.writestr(item, content)
    changed.replace(document)


def test_a_letter_goes_out_and_its_answers_come_back(pages_office: Office, written: Path, tmp_path: Path):
    office = copy_of(pages_office, tmp_path / "home")
    asked = office.query("select count(*) from marts.mart_quarantine where county_code = ?", [COUNTY])
    letters = sorted((written / "数据质量函").glob("*.xlsx"))
    assert [(sum(openpyxl.load_workbook(f)["填报"].max_row - 2 for f in letters),)] == asked and letters
    letter = letters[0]
    book = openpyxl.load_workbook(letter)
    sheet = book["填报"]
    heads = {cell.value: cell.column for cell in sheet[2]}
    sheet.cell(3, heads["答复"]).value = "=已核实"
    sheet.cell(3, heads["答复"]).data_type = "s"
    sheet.cell(3, heads["答复日期"]).value = "2025-02-01"
    cells = tuple(sheet.cell(3, heads[name]).value for name in ("文件", "问题编号"))
    target = office.landing / "answers" / "2025" / COUNTY
    target.mkdir(parents=True)
    book.save(target / letter.name)
    done = office.run("refresh", "--as-of", "2025-02-02", pages=True)
    assert done.returncode == 0, done.stdout
    answered = office.query(
        "select file_name, check_id, answer, cast(answered_on as varchar) from marts.mart_quarantine where "
        "county_code = ? and answer is not null",
        [COUNTY],
    )
    assert answered == [(*cells, "=已核实", "2025-02-01")]
    assert "=已核实" in page_of(office, COUNTY).read_text(encoding="utf-8")


def test_what_is_asked_wrong_is_said(pages_office: Office):
    done = pages_office.run("report", "年报", "--county", COUNTY)
    assert done.returncode == 2 and "自评报告" in done.stderr
    done = pages_office.run("report", "checkup", "--county", COUNTY, "--school", "没有")
    assert done.returncode == 2 and "指不明" in done.stderr


def test_the_night_writes_them_if_asked(office: Office):
    deliver(office)
    done = office.run("refresh", "--as-of", "2025-01-10", pages=True, settings={"JUNHENG_DOCUMENTS": "1"})
    assert done.returncode == 0, done.stdout
    folder = office.root / "reports" / "documents" / COUNTY
    assert (folder / f"自评报告_{COUNTY}_2025.docx").exists() and list((folder / "限期整改通知书").iterdir())
    shutil.rmtree(folder)
    # A broken template is told, and takes nothing else with it.
    (office.root / "templates" / "自评报告.docx").write_bytes(b"no document")
    shutil.rmtree(office.root / "reports" / "pages")
    done = office.run("refresh", pages=True, settings={"JUNHENG_DOCUMENTS": "1"})
    assert done.returncode == 0 and "自评报告.docx" in done.stdout, done.stdout
    assert list((folder / "限期整改通知书").iterdir()) and not (folder / f"自评报告_{COUNTY}_2025.docx").exists()
