"""Imports the heavy libraries once; each connection forks a process that runs what the client was asked to run."""

import atexit
import contextlib
import gc
import importlib.machinery
import json
import logging
import os
import runpy
import select
import signal
import socket
import sys
import threading
import traceback
from pathlib import Path

LIBRARIES = (
    "dbt.adapters.duckdb.environments.local",
    "dbt.adapters.duckdb.impl",
    "dbt.cli.main",
    "dbt.task.build",
    "dbt_common.clients.agate_helper",
    "great_expectations",
    "openpyxl",
    "pandas",
    "pyarrow.compute",
    "pyarrow.dataset",
    "pyarrow.parquet",
    "pydantic_settings",
    "rich.markdown",
    "rich.traceback",
    "sqlparse",
    "typer.rich_utils",
    "xlsxwriter",
)


def serve(path: str, program: str) -> None:
    """Answer until killed."""
    del sys.path[0]  # the folder of this file
    sys.argv = [program]
    for library in LIBRARIES:
        importlib.import_module(library)
    logging.root.handlers.clear()  # a process that imports one library only would not log as another wants it
    logging.root.setLevel(logging.WARNING)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            try:
                _keep(connection, program)
            finally:
                os._exit(1)
        connection.close()


def _keep(connection: socket.socket, program: str) -> None:
    """Run what the connection asks for in a process of its own, as long as the client lives; tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    length, files, _, _ = socket.recv_fds(connection, 8, 3)
    message = b""
    while len(message) < int.from_bytes(length, "big"):
        message += connection.recv(1 << 16)
    child = os.fork()
    if child == 0:
        connection.close()
        os._exit(_run(files, program, **json.loads(message.decode("utf-8", "surrogateescape"))))
    for file in (0, 1, 2, *files):
        os.close(file)
    ended = os.pidfd_open(child)
    while ended not in (ready := select.select([ended, connection], [], [])[0]):
        if connection in ready:
            received = connection.recv(1)
            if received:
                os.kill(child, received[0])
            else:
                _end_group(child)
                break
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        connection.send(code.to_bytes(4, "big", signed=True))
    finally:
        os._exit(0)


def _end_group(leader: int) -> None:
    """End what the client was killed with: the group of its fork, or that alone where the client led none."""
    os.kill(leader, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def _run(
    files: list[int],
    program: str,
    arguments: list[str],
    environment: dict[str, str],
    folder: str,
    group: int,
    leads: bool,
) -> int:
    """Be ``python``: ``-m module``, ``-c program`` or a file, with its arguments.

    A fork can't join the process group of its client; ``PRELOADED_GROUP`` says which one would be its own.
    """
    if leads:
        os.setsid()
    environment |= {"PRELOADED_GROUP": "0" if leads else str(group)}
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    encoding = environment.get("PYTHONIOENCODING", "utf-8")
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode, buffering=1 if number == 2 else -1, encoding=encoding, errors=errors)
        for number, mode, errors in ((0, "r", "strict"), (1, "w", "strict"), (2, "w", "backslashreplace"))
    )
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.executable = program
    kind, *rest = arguments if arguments[0] in ("-m", "-c") else ["", *arguments]
    sys.argv = rest if kind == "-m" else ["-c", *rest[1:]] if kind == "-c" else rest
    first = {"-m": folder, "-c": ""}.get(kind, str(Path(rest[0]).parent))
    added = [*filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    sys.path[:0] = [first, *added]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if importlib.machinery.PathFinder.find_spec("sitecustomize", added):
        sys.modules.pop("sitecustomize", None)
        importlib.import_module("sitecustomize")
    try:
        if kind == "-m":
            runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
        elif kind == "-c":
            exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})
        else:
            runpy.run_path(rest[0], run_name="__main__")
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        code = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or 120
    return code & 0xFF


if __name__ == "__main__":
    serve(*sys.argv[1:])
