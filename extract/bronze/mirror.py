"""Bronze of an object store, kept beside the warehouse that is built of it: DuckDB reads files of this machine."""

import json
from pathlib import Path

from extract.common import place
from extract.common.atomic import replacing


def bring_up_to_date(bronze: Path, mirror: Path) -> None:
    """Fetch what changed since the last time, and drop what is gone; nothing to do for files of this machine.

    Args:
        bronze: the folder of the object store.
        mirror: the folder of this machine; a file in it lists what it holds, written last.
    """
    if not place.is_remote(bronze):
        return
    listing = mirror / "held.json"
    held = json.loads(listing.read_text()) if listing.exists() else {}
    there = place.files_with_marks(bronze)
    changed = [name for name, mark in there.items() if held.get(name) != mark or not (mirror / name).exists()]
    for gone in held.keys() - there.keys():
        (mirror / gone).unlink(missing_ok=True)
    if changed:
        with replacing(listing) as partial:  # until they are whole
            partial.write_text(json.dumps({name: mark for name, mark in held.items() if name not in changed}))
        place.fetch(changed, bronze, mirror)
    with replacing(listing) as partial:
        partial.write_text(json.dumps(there))
