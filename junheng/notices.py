"""Send run notifications: by e-mail, and by webhook as WeCom 企业微信 and DingTalk 钉钉 take it.

The addresses are settings ``notice_…``; what is not set is not used. Written by hand: the library for it looks at the
HTTP status only, while both services answer 200, with an ``errcode``, to a message that they do not deliver.
"""

import json
import smtplib
import urllib.request
from email.message import EmailMessage
from urllib.parse import urlsplit

from junheng.settings import Settings, settings

_MARK = "均衡 Junheng"  # robots of DingTalk let through what bears a word they know
_WEBHOOK_BYTES = 2000  # WeCom takes 2 048
_SECONDS = 10


def send(subject: str, text: str) -> list[str]:
    """Send a notice wherever one is wanted; return what could not be delivered, and why. Never raises."""
    try:
        set_up = settings()
    except ValueError as error:
        return [str(error)]
    problems = []
    for name, address, way in (
        ("JUNHENG_NOTICE_WEBHOOK", set_up.notice_webhook, _by_webhook),
        ("JUNHENG_NOTICE_SMTP", set_up.notice_smtp, _by_mail),
    ):
        if address:
            try:
                way(set_up, f"{_MARK}：{subject}", text)
            except (OSError, ValueError, smtplib.SMTPException) as error:
                # Never log the address or the password: a webhook's address holds its key.
                problems.append(f"{name}: {type(error).__name__} {str(error).replace(address, '…')}")
    return problems


def _by_webhook(set_up: Settings, subject: str, text: str) -> None:
    if urlsplit(set_up.notice_webhook).scheme not in ("http", "https"):
        raise ValueError("http:// or https://")
    content = f"{subject}\n{text}".encode()[:_WEBHOOK_BYTES].decode(errors="ignore")
    body = json.dumps({"msgtype": "text", "text": {"content": content}}, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json; charset=utf-8"}
    request = urllib.request.Request(set_up.notice_webhook, body, headers)
    with urllib.request.urlopen(request, timeout=_SECONDS) as response:
        answer = json.loads(response.read() or b"{}")
    if answer.get("errcode", 0) != 0:
        raise ValueError(f"errcode {answer['errcode']} {answer.get('errmsg', '')}")


def _by_mail(set_up: Settings, subject: str, text: str) -> None:
    server, recipients = urlsplit(set_up.notice_smtp), set_up.notice_to
    if server.scheme not in ("smtp", "smtps") or not server.hostname or not recipients:
        raise ValueError("smtp://user@host:587 or smtps://user@host:465, and JUNHENG_NOTICE_TO")
    message = EmailMessage()
    message["Subject"], message["To"] = subject, recipients
    message["From"] = set_up.notice_from or recipients.split(",")[0].strip()
    message.set_content(text)
    connect = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
    with connect(server.hostname, server.port or 0, timeout=_SECONDS) as connection:
        if server.scheme == "smtp" and connection.ehlo()[0] == 250 and connection.has_extn("starttls"):
            connection.starttls()
        if server.username:
            connection.login(server.username, set_up.notice_password.get_secret_value())
        connection.send_message(message)
