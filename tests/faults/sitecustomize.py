"""Kills a night at one exact file operation. Python loads this by name when its folder is on PYTHONPATH.

``FAULT_LOG``: a file that receives one line per operation under ``JUNHENG_HOME`` (a label, see below).
``FAULT_AT``: a label; the whole process group ends by SIGKILL there: ``before rename published/junheng.duckdb``,
``after open store/ledger.jsonl``, or in the middle of the first write later on that takes a file beyond a size, which
the kernel tells: ``4096 bytes after open store/ledger.jsonl``. Hashes and run names in paths are written SHA and RUN.
"""

import os
import re
import resource
import signal
import sys
import threading

_HOME = os.environ.get("JUNHENG_HOME", "/nowhere")
_LOG, _AT = os.environ.get("FAULT_LOG"), os.environ.get("FAULT_AT")
_SIZE = int(_AT.split()[0]) if _AT and _AT[0].isdigit() else None
_armed = False


def _kill(*_: object) -> None:
    os.killpg(int(os.environ.get("PRELOADED_GROUP", "0")), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)  # a fork that stands in for this process is in another group


def _label(event: str, arguments: tuple) -> str | None:
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
        path, what = arguments[0], "open"
    elif event in ("os.rename", "os.remove", "os.link", "os.rmdir"):
        path, what = arguments[1 if event in ("os.rename", "os.link") else 0], event[3:]
    else:
        return None
    path = os.fspath(path) if not isinstance(path, int) else ""
    path = path.decode() if isinstance(path, bytes) else path
    if not path.startswith(_HOME + "/") or "/logs/dbt" in path or "/build/dbt" in path:
        return None
    path = re.sub(r"[0-9a-f]{64}", "SHA", path[len(_HOME) + 1 :])
    path = re.sub(r"objects/[0-9a-f]{2}\b", "objects/XX", path)
    return f"{what} " + re.sub(r"\d{8}T\d{6}-[0-9a-f]{8}", "RUN", path)


def _watch(event: str, arguments: tuple) -> None:
    global _armed
    if _armed:
        _armed = False  # killing is watched too
        _kill()
    label = _label(event, arguments)
    if label is None:
        return
    if _LOG:
        descriptor = os.open(_LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, f"{label}\n".encode())
        os.close(descriptor)
    if f"before {label}" == _AT:
        _kill()
    if f"{_SIZE} bytes after {label}" == _AT:
        resource.setrlimit(resource.RLIMIT_FSIZE, (_SIZE, _SIZE))
    if f"after {label}" == _AT:
        _armed = True
        if threading.current_thread() is threading.main_thread():
            # The operation may be the last thing this process does: the alarm rings as soon as it is done.
            signal.signal(signal.SIGALRM, _kill)
            signal.setitimer(signal.ITIMER_REAL, 1e-6)


if _SIZE is not None:
    signal.signal(signal.SIGXFSZ, _kill)
if _LOG or _AT:
    sys.addaudithook(_watch)
