"""Modules of the project as processes of their own, which never outlive their parent."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

_PROJECT = Path(__file__).resolve().parents[2]


def start_module(module: str, **options: Any) -> "subprocess.Popen[Any]":
    """Start ``python -m module`` in the project's folder, its input and output held by this process.

    Args:
        module: one that calls ``die_with_parent`` or ends with its input.
        options: further ones of ``subprocess.Popen``.
    """
    # A library in Rust that runs out of memory and then tells where, as some images ask for, waits for itself.
    return subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=_PROJECT,
        env={**options.pop("env", os.environ), "RUST_BACKTRACE": "0"},
        **options,
    )


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent ends, however that ends. On Linux; elsewhere nothing."""
    if sys.platform == "linux":
        import ctypes

        parent = os.getppid()
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)
