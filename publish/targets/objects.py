"""What is published, in an object store: the warehouse and the marts as Parquet, each night under keys of its own.

``current.json`` names the run whose files count; it is written last, in one piece. Who has read it finds all that it
names: the files of the run before stay until the next night.
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from extract.common.place import is_remote, place, put, remove
from publish.language import say
from publish.targets import parquet

UP_TO_DATE = ("对象存储上已是最新", "the object store is up to date")
_CURRENT = "current.json"


def copy_marts(warehouse: Path, run_id: str, address: str, progress: Callable[[str], None]) -> bool:
    """Put the published warehouse and its marts there; see ``Target``. ``address`` is a URL: ``s3://bucket/folder``."""
    try:
        root = place(address)
        if not is_remote(root):
            raise ValueError(f"JUNHENG_OBJECTS={address}")
        return _copy(warehouse, run_id, root, progress)
    except (OSError, ValueError) as error:
        kept = say("（对象存储上仍是上一次的数据）", " (the object store keeps what it had)")
        raise RuntimeError(f"{address}: {error}{kept}") from error


def _copy(warehouse: Path, run_id: str, root: Path, progress: Callable[[str], None]) -> bool:
    current = root / _CURRENT
    standing = json.loads(current.read_bytes())["run"] if current.exists() else ""
    if standing == run_id:
        return False
    for folder in root.glob("*/"):
        if folder.name not in (standing, run_id):
            remove(folder)  # of two nights ago, or begun by a night that was killed
    with tempfile.TemporaryDirectory(dir=warehouse.parent, prefix=".objects-") as name:
        marts = Path(name)
        parquet.write_marts(warehouse, marts, progress)
        for file in sorted(path for path in marts.rglob("*") if path.is_file()):
            put(file, root / run_id / "parquet" / file.relative_to(marts).as_posix())
    put(warehouse, root / run_id / warehouse.name)
    content = {"run": run_id, "warehouse": f"{run_id}/{warehouse.name}", "parquet": f"{run_id}/parquet/"}
    current.write_bytes(json.dumps(content).encode())
    return True
