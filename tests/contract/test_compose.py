"""docker-compose.yml: sound by the compose specification, pinned, without a default secret, closed unless asked."""

import re

import yaml
from compose_spec import PyCompose

from tests.conftest import PROJECT

_TEXT = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def declared(given: str = "given") -> dict:
    """Return the file as Compose reads it where every secret is ``given``."""
    return yaml.safe_load(_VARIABLE.sub(lambda found: found[3] if found[2] == "-" else given, _TEXT))


def test_it_is_sound():
    PyCompose.from_yaml(yaml.safe_dump(declared())).validate()
    services = declared()["services"]
    for service in services.values():
        for mount in service["volumes"]:
            source = mount.split(":")[0]
            assert source.startswith(".") or source in declared()["volumes"], mount
        for other in service.get("depends_on", {}):
            assert other in services


def test_a_start_without_a_secret_is_refused_and_the_example_names_each_of_them():
    required = {name for name, how, _ in _VARIABLE.findall(_TEXT) if how == "?"}
    example = (PROJECT / ".env.example").read_text(encoding="utf-8")
    assert required == set(re.findall(r"^(\w+)=$", example, re.MULTILINE)) and len(required) == 11
    optional = {name for name, how, _ in _VARIABLE.findall(_TEXT) if how == "-"}
    assert optional == set(re.findall(r"^# (\w+)=", example, re.MULTILINE))
    # A password is never written out, and never has a default.
    for line in _TEXT.splitlines():
        if re.search(r"PASSWORD|SECRET|KEY", line) and ":" in line and not line.lstrip().startswith("#"):
            assert ":?" in line or line.strip() == 'JUNHENG_NOTICE_PASSWORD: "${JUNHENG_NOTICE_PASSWORD:-}"', line


def test_images_are_pinned_and_nothing_runs_as_root_writes_its_image_or_listens_beyond_loopback():
    for name, service in declared()["services"].items():
        assert re.fullmatch(r"[\w/-]+:\d+\.\d+(\.\d+)?(-\w+)?", service["image"]), name
        assert service["read_only"] and not service["user"].startswith("0") and service["cap_drop"] == ["ALL"], name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        assert service["restart"] == "no" or "healthcheck" in service, name
        landing = [mount for mount in service["volumes"] if "landing" in mount]
        assert all(mount.endswith(":ro") for mount in landing)
    (base,) = re.findall(r"FROM (\S+)", _TEXT)
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", base)


def test_what_containers_run_is_in_the_project():
    for name, service in declared()["services"].items():
        if command := service.get("command"):
            script = command[0] if command[0].endswith(".sh") else None
            assert script is None or (PROJECT / script).stat().st_mode & 0o111, name
