"""Tell people what a night came to: by e-mail, and by webhook as WeCom 企业微信 and DingTalk 钉钉 take it.
``JUNHENG_NOTICE_WEBHOOK`` is the address that the group's robot was given. ``JUNHENG_NOTICE_SMTP`` is
``smtp://user@host:587`` (STARTTLS where the server offers it) or ``smtps://user@host:465``, with the password in
``JUNHENG_NOTICE_PASSWORD``; ``JUNHENG_NOTICE_TO`` names the recipients, separated by commas, ``JUNHENG_NOTICE_FROM``
the sender (default: the first recipient). What is not set is not used.
"""

import json
import os
import smtplib
import urllib.request
from email.message import EmailMessage
from urllib.parse import urlsplit

_MARK = "均衡 Junheng"  # robots of DingTalk let through what bears a word they know
_WEBHOOK_BYTES = 2000  # WeCom takes 2 048
_SECONDS = 10


def send(subject: str, text: str) -> list[str]:
    """Send a notice wherever one is wanted; return what could not be delivered, and why. Never raises."""
    problems = []
    for name, way in (("JUNHENG_NOTICE_WEBHOOK", _by_webhook), ("JUNHENG_NOTICE_SMTP", _by_mail)):
        if address := os.environ.get(name):
            try:
                way(address, f"{_MARK}：{subject}", text)
            except (OSError, ValueError, smtplib.SMTPException) as error:
                # Neither address nor password: the one may hold a key, the other is one.
                problems.append(f"{name}: {type(error).__name__} {str(error).replace(address, '…')}")
    return problems


def _by_webhook(address: str, subject: str, text: str) -> None:
    if urlsplit(address).scheme not in ("http", "https"):
        raise ValueError("http:// or https://")
    content = f"{subject}\n{text}".encode()[:_WEBHOOK_BYTES].decode(errors="ignore")
    body = json.dumps({"msgtype": "text", "text": {"content": content}}, ensure_ascii=False).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json; charset=utf-8"})
    with urllib.request.urlopen(request, timeout=_SECONDS) as response:
        answer = json.loads(response.read() or b"{}")
    if answer.get("errcode", 0) != 0:
        raise ValueError(f"errcode {answer['errcode']} {answer.get('errmsg', '')}")


def _by_mail(address: str, subject: str, text: str) -> None:
    server, recipients = urlsplit(address), os.environ.get("JUNHENG_NOTICE_TO", "")
    if server.scheme not in ("smtp", "smtps") or not server.hostname or not recipients:
        raise ValueError("smtp://user@host:587 or smtps://user@host:465, and JUNHENG_NOTICE_TO")
    message = EmailMessage()
    message["Subject"], message["To"] = subject, recipients
    message["From"] = os.environ.get("JUNHENG_NOTICE_FROM") or recipients.split(",")[0].strip()
    message.set_content(text)
    connect = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
    with connect(server.hostname, server.port or 0, timeout=_SECONDS) as connection:
        if server.scheme == "smtp" and connection.ehlo()[0] == 250 and connection.has_extn("starttls"):
            connection.starttls()
        if server.username:
            connection.login(server.username, os.environ.get("JUNHENG_NOTICE_PASSWORD", ""))
        connection.send_message(message)
