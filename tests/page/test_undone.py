"""What is undone leaves the page's list of batches; drawn without a browser."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from novate.tools import node
from sequencer.gateway.static import FOLDER


def told(directory: Path, chosen: int) -> list[dict]:
    """What the list shows after a snapshot, one after a rewind, a new batch, and one after all was undone."""
    shutil.copytree(FOLDER / "js", directory / "js")
    (directory / "package.json").write_text('{"type": "module"}')
    for name in ("elements.mjs", "undone.mjs"):
        shutil.copy(Path(__file__).with_name(name), directory)
    command = [str(node()), "undone.mjs", str(chosen)]
    return json.loads(subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True).stdout)


@pytest.mark.parametrize(("chosen", "asked"), [(2, []), (3, ["/v1/batches/3"]), (5, ["/v1/batches/5"])])
def test_rows_of_batches_that_were_undone_go(tmp_path, chosen, asked):
    """And the one that is open is asked for again, if it is gone or another one by now."""
    first, rewound, later, nothing = told(tmp_path, chosen)
    assert [batch for batch, _ in first["rows"]] == [5, 4, 3, 2, 1] and first["asked"] == []
    assert rewound["rows"] == [[3, "other"], [2, "root 2"], [1, "root 1"]] and rewound["asked"] == asked
    assert later["rows"][:2] == [[4, "new"], [3, "other"]]
    assert nothing["rows"] == [] and [one["empty"] for one in (first, nothing)] == [False, True]
