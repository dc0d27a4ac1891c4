"""Which language people read on the screen and in notices: Chinese for offices, English where the locale says so; never
both mixed.
"""

import locale
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

LANGUAGES = ("zh", "en")
_CHOICE = "JUNHENG_LANG"  # set by --lang


def language() -> str:
    """Return ``zh`` or ``en``: what was asked for, else the locale's language; Chinese where there is none.

    A console that cannot show Chinese gets English.
    """
    asked = os.environ.get(_CHOICE, "")
    if asked in LANGUAGES:
        return asked
    if not _can_show_chinese():
        return "en"
    spoken = (
        next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), None)
        or locale.getlocale()[0]
        or ""
    )
    return (
        "zh"
        if spoken.split(".")[0].lower() in ("", "c", "posix") or spoken.lower().startswith(("zh", "chinese"))
        else "en"
    )


def choose(chosen: str) -> None:
    """Speak this language from now on, in the processes begun from here too."""
    os.environ[_CHOICE] = chosen


@contextmanager
def speaking(chosen: str) -> Iterator[None]:
    """Speak this language for a while: what is kept for others does not hang on who runs a command."""
    before = os.environ.get(_CHOICE)
    choose(chosen)
    try:
        yield
    finally:
        if before is None:
            del os.environ[_CHOICE]
        else:
            choose(before)


def say(zh: str, en: str) -> str:
    """Return the one of two texts that the reader reads."""
    return zh if language() == "zh" else en


def survive_any_encoding() -> None:
    """Let no character that a console lacks end a command: it is shown as a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _can_show_chinese() -> bool:
    try:
        "均衡".encode(sys.stdout.encoding or "utf-8")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
