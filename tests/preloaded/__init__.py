"""An interpreter that has the heavy libraries in memory: a program under test begins by fork, not by seconds of import.

Only libraries are imported ahead, nothing of the project: what runs is its own code, read anew each time. A test that
asks what a process does by itself (signals to a group, its hash seed, its memory) starts a plain interpreter.
"""

import atexit
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


@cache
def python() -> str:
    """Return the path of a program that stands in for ``python``; one server a test process answers it."""
    folder = Path(tempfile.mkdtemp(prefix="preloaded-"))
    program, socket = folder / "python", folder / "socket"
    source = (_HERE / "client.py").read_text().replace("SOCKET_OF_THE_SERVER", str(socket))
    program.write_text(f"#!{sys.executable} -IS\n{source}")
    program.chmod(0o755)
    server = subprocess.Popen(
        [sys.executable, str(_HERE / "server.py"), str(socket), str(program)],
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
    )
    assert server.stdout and server.stdout.readline() == "ready\n"
    atexit.register(_end, server, folder)
    return str(program)


def _end(server: subprocess.Popen, folder: Path) -> None:
    import shutil

    server.kill()
    server.wait()
    shutil.rmtree(folder, ignore_errors=True)
