"""Who hears of a night: a robot's webhook and a mail server on this machine, and the nights that did not come."""

import datetime as dt
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from aiosmtpd.controller import Controller

from tests.conftest import Office
from tests.factories import school, workbook

COUNTY = "649891"


class _Robot(BaseHTTPRequestHandler):
    """Answers as WeCom and DingTalk do, and keeps what it was told."""

    def do_POST(self):
        self.server.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        answer = json.dumps({"errcode": self.server.errcode, "errmsg": "no"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


class _Mailbox:
    """Keeps the mails it is given."""

    def __init__(self) -> None:
        self.mails = []

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        self.mails.append(envelope)
        return "250 OK"


@pytest.fixture
def robot(monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), _Robot)
    server.told, server.errcode = [], 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("JUNHENG_NOTICE_WEBHOOK", f"http://127.0.0.1:{server.server_port}/robot/send?key=verysecret")
    yield server
    server.shutdown()


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Mailbox]:
    handler = _Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    monkeypatch.setenv("JUNHENG_NOTICE_SMTP", f"smtp://127.0.0.1:{port}")
    monkeypatch.setenv("JUNHENG_NOTICE_TO", "office@county.example, city@county.example")
    yield handler
    controller.stop()


def test_refusals_are_told_once_by_robot_and_by_mail(office: Office, robot: HTTPServer, mailbox: _Mailbox):
    workbook(office.landing, 2024, school(COUNTY, 1))
    assert office.refresh("--as-of", "2025-03-01").returncode == 0
    assert robot.told == [] and mailbox.mails == []  # nothing to mend, nobody disturbed
    broken = office.landing / "census" / "2024" / COUNTY / "坏.xlsx"
    broken.write_bytes(b"no table")
    assert office.refresh("--as-of", "2025-03-02").returncode == 3
    (notice,) = robot.told
    assert notice["msgtype"] == "text"
    assert (
        notice["text"]["content"].startswith("均衡 Junheng：拒收 1 个文件") and "坏.xlsx" in notice["text"]["content"]
    )
    assert len(notice["text"]["content"].encode()) <= 2048
    (mail,) = mailbox.mails
    assert mail.rcpt_tos == ["office@county.example", "city@county.example"]
    assert office.refresh("--as-of", "2025-03-03").returncode == 3
    assert len(robot.told) == len(mailbox.mails) == 1  # the same refusal is not told every night


def test_a_failed_night_is_told_and_stands_in_the_diary(
    office: Office, robot: HTTPServer, monkeypatch: pytest.MonkeyPatch
):
    workbook(office.landing, 2024, school(COUNTY, 1))
    assert office.refresh("--as-of", "2025-03-01").returncode == 0
    monkeypatch.setenv("JUNHENG_SERVE", "postgres")
    monkeypatch.setenv("JUNHENG_POSTGRES", "postgresql://nobody@127.0.0.1:1/nowhere")
    done = office.refresh("--as-of", "2025-03-02")
    assert done.returncode == 1
    (notice,) = robot.told
    assert "夜间刷新失败" in notice["text"]["content"] and "PostgreSQL" in notice["text"]["content"]
    shown = office.run("status", "--history").stdout
    assert "PostgreSQL" in shown and "接收" in shown
    nights = [
        json.loads(line)
        for line in (office.root / "logs" / "nights" / "diary.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert [bool(night["failure"]) for night in nights] == [False, True]
    assert nights[0]["seconds"]["transform"] > 0


def test_a_notice_that_cannot_be_delivered_fails_nothing_and_gives_no_key_away(office: Office, robot: HTTPServer):
    robot.errcode = 93000
    (office.landing / "census" / "2024" / COUNTY).mkdir(parents=True)
    (office.landing / "census" / "2024" / COUNTY / "坏.xlsx").write_bytes(b"no table")
    done = office.refresh("--as-of", "2025-03-01")
    assert done.returncode == 3
    assert "通知未送达：JUNHENG_NOTICE_WEBHOOK" in done.stdout and "93000" in done.stdout
    assert "verysecret" not in done.stdout + done.stderr


def test_a_late_night_is_told(office: Office, robot: HTTPServer):
    assert office.run("watch").returncode == 0  # a new installation has a day for its first night
    asked = office.root / "logs" / "nights" / "asked_since"
    asked.write_text((dt.datetime.now(dt.UTC) - dt.timedelta(hours=25)).isoformat(timespec="seconds"))
    missing = office.run("watch")
    assert missing.returncode == 1 and "还没有一次成功的刷新" in missing.stderr
    workbook(office.landing, 2024, school(COUNTY, 1))
    assert office.refresh().returncode == 0
    assert office.run("watch").returncode == 0
    log = office.root / "logs" / "nights" / "diary.jsonl"
    night = json.loads(log.read_text(encoding="utf-8"))
    yesterday = (dt.datetime.now(dt.UTC) - dt.timedelta(hours=27)).isoformat(timespec="seconds")
    log.write_text(json.dumps({**night, "ended_at": yesterday}) + "\n" + '{"ended_at": "cut sho', encoding="utf-8")
    assert office.run("watch").returncode == 1
    assert office.run("watch", "--hours", "30").returncode == 0
    assert [("小时内没有成功的刷新" in told["text"]["content"]) for told in robot.told] == [True, True]
