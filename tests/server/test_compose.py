"""docker-compose.yml at work, without an engine: what it starts, in which order, and what each part cannot do."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import PROJECT
from tests.factories import school, workbook
from tests.server.compose import Stack, stack

COUNTY = "649893"
# Whatever an address, a shell, a YAML file or a connection string would take for something else.
_ANY = "a@b:c/d?e#f%41&g=h i\\j'k\"l;m*$(n)`o`口令"
_KEY = "c3ludGhldGljLWtleS1vZi10aGlzLXRlc3Qtb25seS4="
_SECRETS = {
    name: f"{name}{_ANY}"
    for name in (
        "POSTGRES_PASSWORD",
        "AIRFLOW_DATABASE_PASSWORD",
        "AIRFLOW_ADMIN_PASSWORD",
        "AIRFLOW_JWT_SECRET",
        "AIRFLOW_SECRET_KEY",
        "SUPERSET_DATABASE_PASSWORD",
        "SUPERSET_SECRET_KEY",
        "SUPERSET_ADMIN_PASSWORD",
        "JUNHENG_LOADER_PASSWORD",
        "JUNHENG_DASHBOARDS_PASSWORD",
    )
} | {"AIRFLOW_FERNET_KEY": _KEY, "JUNHENG_TLS_PROXY": "yes"}
# Asks Airflow's API as its administrator: what is written after it uses `ask`.
_API = f"""
import json, time, urllib.error, urllib.request

def ask(path, body=None, token=None):
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request("http://127.0.0.1:8080" + path, content)
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", "Bearer " + token)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()

who = {{"username": "admin", "password": {_SECRETS["AIRFLOW_ADMIN_PASSWORD"]!r}}}
token = ask("/auth/token", who)[1]["access_token"]

def run(dag, run_id, conf):
    wanted = {{"dag_run_id": run_id, "logical_date": None, "conf": conf}}
    code, said = ask(f"/api/v2/dags/{{dag}}/dagRuns", wanted, token)
    if code != 200:
        return code, said
    for _ in range(240):
        state = ask(f"/api/v2/dags/{{dag}}/dagRuns/{{run_id}}", token=token)[1]["state"]
        if state in ("success", "failed"):
            return code, state
        time.sleep(1)
    return code, "not ended"
"""


@pytest.fixture(scope="module")
def started() -> Iterator[Stack]:
    """Everything that the file declares, one after the other as it says."""
    with stack(_SECRETS) as this:
        landing = this.folder / "volumes" / "data-landing"
        workbook(landing, 2024, school(COUNTY, 1))
        workbook(landing, 2024, school(COUNTY, 2, primary__pupils=201))
        for path in (landing, *landing.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        for service in this.declared:
            this.start(service)
        for service, declared in this.declared.items():
            if "healthcheck" in declared:
                this.wait_until_healthy(service)
        yield this


def test_the_night_is_asked_for_by_the_administrator_and_its_marts_are_served(started: Stack):
    said = started.beside(_API + "print(run('nightly_refresh', 'one', {}))")
    assert "'success'" in said, said + started.log("airflow-scheduler")
    home = started.folder / "volumes" / "home"
    assert (home / "published" / "junheng.duckdb").exists()
    assert not [p for p in home.rglob("*") if not p.is_symlink() and p != home / "landing" and p.stat().st_mode & 0o077]
    rows = started.beside(
        "import psycopg; print(psycopg.connect(host='127.0.0.1', dbname='junheng', user='postgres', "
        f"password={_SECRETS['POSTGRES_PASSWORD']!r}).execute('select verdict from marts.mart_school_compliance order "
        "by school_id').fetchall())"
    )
    assert rows.startswith("[('pass',)")


def test_a_night_in_shards_is_walked_by_the_scheduler_itself(started: Stack):
    """Tasks mapped over two shards, side by side under LocalExecutor; without shards the same tasks are skipped."""
    said = started.beside(
        _API + "print(run('nightly_refresh', 'shards', {'shards': 2, 'full': True}), json.dumps(ask("
        "'/api/v2/dags/nightly_refresh/dagRuns/shards/taskInstances', token=token)[1]))"
    )
    assert "'success'" in said, said + started.log("airflow-scheduler")
    tasks = json.loads(said[said.index("{") :])["task_instances"]
    states = sorted((t["task_id"], t["map_index"], t["state"]) for t in tasks if "shard" in t["task_id"])
    assert states == [(task, index, "success") for task in ("check_shard", "read_shard") for index in (0, 1)]


def test_wrong_parameters_end_a_run_at_once_and_are_no_failed_night(started: Stack):
    home = started.folder / "volumes" / "home"
    wrong = {
        "years": {"years": "24"},
        "day": {"as_of": "1 March"},
        "county": {"counties": ["64"]},
        "full": {"full": "perhaps"},
    }
    for name, conf in wrong.items():  # by the form's own patterns
        said = started.beside(
            _API + f"print(ask('/api/v2/dags/nightly_refresh/dagRuns', {{'dag_run_id': {name!r}, "
            f"'logical_date': None, 'conf': {conf!r}}}, token)[0])"
        )
        assert said.strip() in ("400", "422"), (name, said)
    strange = {
        "no_such_county": ({"counties": ["649899"]}, "649899"),
        "no_such_parameter": ({"countys": ["649893"]}, "countys"),
        "no_such_day": ({"as_of": "2025-02-30"}, "2025-02-30"),
        "no_such_years": ({"years": "2025-2022"}, "2025-2022"),
    }
    for name, (conf, told) in strange.items():
        said = started.beside(
            _API + f"print(run('nightly_refresh', {name!r}, {conf!r}), "
            f"json.dumps(ask('/api/v2/dags/nightly_refresh/dagRuns/' + {name!r} + "
            "'/taskInstances', token=token)[1]))"
        )
        assert "'failed'" in said and '"up_for_retry"' not in said, (name, said)
        tasks = {
            t["task_id"]: (t["state"], t["try_number"]) for t in json.loads(said[said.index("{") :])["task_instances"]
        }
        assert tasks["check_parameters"] == ("failed", 1), tasks
        assert tasks["receive"][0] == "upstream_failed"
        logs = [p.read_text(errors="replace") for p in (home / "airflow" / "logs").rglob("*.log") if name in str(p)]
        assert any(told in text for text in logs), name
    # The schedule may have brought a night meanwhile, which ended well.
    nights = (home / "logs" / "nights" / "diary.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(night)["failure"] for night in nights] == [""] * len(nights)
    assert not (home / "logs" / "failure.txt").exists()


def test_the_server_keeps_room_for_the_copy(started: Stack):
    asked = "select string_agg(setting, ',' order by name) from pg_settings where name in (%s)"
    names = "'max_locks_per_transaction', 'reserved_connections'"
    shown = started.beside(
        "import psycopg; print(psycopg.connect(host='127.0.0.1', dbname='junheng', user='postgres', "
        f"password={_SECRETS['POSTGRES_PASSWORD']!r}).execute({asked % names!r}).fetchall())"
    )
    assert shown.strip() == "[('256,10',)]"


def test_nothing_listens_but_what_is_published(started: Stack):
    heard = started.beside(
        "print(*sorted({int(line.split()[1].split(':')[1], 16) for name in ('tcp', 'tcp6') for line in "
        "open('/proc/net/' + name).readlines()[1:] if line.split()[3] == '0A' and not "
        "line.split()[1].startswith(('0100007F', '00000000000000000000000001000000'))}))"
    )
    assert heard.split() == ["5432", "8080", "8088"]


def test_superset_reaches_neither_airflows_secrets_nor_the_warehouse(started: Stack):
    seen = started.run("superset", ["sh", "-c", "env; ls -la / /data 2>&1; id; touch /opt/x /x 2>&1"])
    assert not re.search("^AIRFLOW", seen.stdout, re.MULTILINE)
    assert not [name for name in _SECRETS if name.startswith(("AIRFLOW", "POSTGRES")) and name in seen.stdout]
    assert _SECRETS["JUNHENG_LOADER_PASSWORD"] not in seen.stdout
    assert "uid=10002" in seen.stdout and "junheng.duckdb" not in seen.stdout and "/data" in seen.stdout + seen.stderr
    for login, database, statement in (
        ("superset", "airflow", "select 1"),
        ("superset", "junheng", "select 1"),
        ("junheng_dashboards", "airflow", "select 1"),
        ("junheng_dashboards", "junheng", "create table public.x (a int)"),
        ("junheng_dashboards", "junheng", "delete from marts_rows.dim_county"),
    ):
        password = _SECRETS["SUPERSET_DATABASE_PASSWORD" if login == "superset" else "JUNHENG_DASHBOARDS_PASSWORD"]
        said = started.beside(
            f"import psycopg\ntry:\n    psycopg.connect(host='127.0.0.1', user={login!r}, dbname={database!r}, "
            f"password={password!r}).execute({statement!r})\n    print('done')\n"
            "except psycopg.Error as e:\n    print(e)"
        )
        assert "permission denied" in said or "readers change nothing" in said, (login, database, said)


@pytest.mark.parametrize("service", ["airflow-scheduler", "superset", "postgres", "airflow-api-server"])
def test_a_container_has_no_capability_and_writes_its_volumes_only(started: Stack, service: str):
    seen = started.run(service, ["sh", "-c", "grep Cap /proc/self/status; cat /proc/self/status | grep NoNewPrivs"])
    assert {line.split()[1] for line in seen.stdout.splitlines() if line.startswith("Cap")} == {"0" * 16}
    assert "NoNewPrivs:\t1" in seen.stdout
    written = started.run(service, ["sh", "-c", f"touch /x /etc/x /usr/x '{PROJECT}/x' /data/landing/x"])
    assert written.returncode != 0 and not (PROJECT / "x").exists()
    assert not (started.folder / "volumes" / "data-landing" / "x").exists()


@pytest.fixture(scope="module")
def proxied(started: Stack) -> Iterator[Path]:
    """The proxy of docs/engineering/nginx.conf before the stack; the certificate that it shows."""
    folder = started.folder / "proxy"
    folder.mkdir()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=airflow.example"]
        + ["-addext", "subjectAltName=DNS:airflow.example,DNS:dashboards.example"]
        + ["-keyout", str(folder / "junheng.key"), "-out", str(folder / "junheng.crt")],
        check=True,
        capture_output=True,
    )
    servers = (PROJECT / "docs" / "engineering" / "nginx.conf").read_text().replace("/etc/nginx/", f"{folder}/")
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}} http {{ access_log off; "
        f"client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; "
        f"uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; {servers} }}"
    )
    process = subprocess.Popen([*started._in_network(), "nginx", "-c", str(folder / "nginx.conf")])
    yield folder / "junheng.crt"
    process.terminate()
    process.wait(20)


_SIGN_IN = """
import http.cookiejar, re, socket, ssl, time, urllib.parse, urllib.request
here = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: here("127.0.0.1", *rest, **more)  # names of the proxy
jar = http.cookiejar.CookieJar()
context = ssl.create_default_context(cafile={certificate!r})
handlers = urllib.request.HTTPSHandler(context=context), urllib.request.HTTPCookieProcessor(jar)
opener = urllib.request.build_opener(*handlers)
for _ in range(20):
    try:
        page = opener.open("https://{host}{path}", timeout=60)
        break
    except urllib.error.URLError:
        time.sleep(1)
token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.read().decode())[1]
form = urllib.parse.urlencode(dict(username="admin", password={password!r}, csrf_token=token)).encode()
done = opener.open(urllib.request.Request(page.geturl(), form, {{"Referer": page.geturl()}}), timeout=60)
print(done.status, done.geturl())
print(*sorted(cookie.name + ":" + str(cookie.secure) for cookie in jar))
"""


@pytest.mark.parametrize(
    ("host", "path", "secret"),
    [
        ("airflow.example", "/auth/login/", "AIRFLOW_ADMIN_PASSWORD"),
        ("dashboards.example", "/login/", "SUPERSET_ADMIN_PASSWORD"),
    ],
)
def test_behind_a_proxy_with_tls_people_sign_in_and_cookies_stay_there(
    started: Stack, proxied: Path, host: str, path: str, secret: str
):
    said = started.beside(_SIGN_IN.format(certificate=str(proxied), host=host, path=path, password=_SECRETS[secret]))
    status, cookies = said.splitlines()
    assert status.startswith(f"200 https://{host}/") and "login" not in status, said
    assert cookies and "False" not in cookies, cookies
