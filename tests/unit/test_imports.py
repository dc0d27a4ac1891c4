"""What a process does without, and what it loads only when it is used."""

import subprocess
import sys
from pathlib import Path


def run(code: str, folder: Path) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_arrow_finds_no_pandas_where_it_is_forgone(tmp_path: Path):
    code = """
import sys
from extract.common.imports import forgo_pandas
forgo_pandas()
import pyarrow as pa
assert pa.array([1, None, 3]).to_pylist() == [1, None, 3]
print("pandas" in sys.modules)
"""
    assert run(code, tmp_path) == "False"
    assert run(code.replace("forgo_pandas()\n", "\n"), tmp_path) == "True"


def test_a_module_is_loaded_when_something_of_it_is_used(tmp_path: Path):
    (tmp_path / "heavy").mkdir()
    (tmp_path / "heavy" / "__init__.py").write_text("from heavy import part\nprint('heavy')\n")
    (tmp_path / "heavy" / "part.py").write_text("print('part')\nANSWER = 42\n")
    code = """
from extract.common.imports import import_at_first_use
import_at_first_use("heavy", "heavy.part")
import heavy
from heavy import part
print("nothing yet")
print(part.ANSWER)
"""
    assert run(code, tmp_path).splitlines()[-3:] == ["nothing yet", "part", "42"]


def test_great_expectations_checks_without_charts_and_statistics(tmp_path: Path):
    code = """
import json
from pathlib import Path
import pyarrow as pa
import pyarrow.parquet as pq
from expectations.worker import ValidationWorker
batch = Path("batch.parquet").absolute()
pq.write_table(pa.table({"row": [7, 8], "check_number": [0, 0], "difference": [0.0, 5.0]}), batch)
worker = ValidationWorker()
process = worker.start()
request = {"file": str(batch), "min_value": 0, "max_value": 1, "severity": "warn"}
print(json.dumps(request), file=process.stdin)
print(file=process.stdin, flush=True)
print(process.stdout.readline().strip())
print("/scipy/stats/" in Path(f"/proc/{process.pid}/maps").read_text())
worker.stop()
"""
    assert run(code, tmp_path).splitlines() == ["[[8, 0]]", "False"]
