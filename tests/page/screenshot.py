"""Pictures of the page for the README: ``python -m tests.page.screenshot [--url URL] [--out docs/images]``.

With ``--url`` of services that run: both pictures of one service, after ``novate up`` and half an hour of ``novate
maker`` or more, or there is little to see. Else of an hour of trading on a moved clock with a prover in form only
(``tests.page.scene``), whose batches were never proven.
"""

import argparse
import json
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.page.browser import chromium, visit

WIDTH, HEIGHT = 1440, 900
SETTLE_MS = 2_500


@contextmanager
def served(url: str | None) -> Iterator[str]:
    """The address to look at."""
    if url:
        yield url.rstrip("/")
        return
    from tests.page.scene import scene

    with tempfile.TemporaryDirectory() as folder:
        house = scene(Path(folder) / "house")
        yield house.url
        house.stop()


def newest_settled(url: str) -> int:
    """The batch to open: the newest that is settled, 1 if none is."""
    with urllib.request.urlopen(f"{url}/v1/batches?limit=200") as answer:
        lines = json.load(answer)["batches"]
    return next((line["batch"] for line in lines if line["settled"] is not None), 1)


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="of a sequencer that runs")
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--batch", type=int, help="the batch to open (the newest that is settled)")
    parser.add_argument("--only", choices=("market", "batches", "status"), help="one picture")
    options = parser.parse_args()
    if chromium() is None:
        parser.error("no Chromium: install it, or name its program in NOVATE_CHROMIUM")
    options.out.mkdir(parents=True, exist_ok=True)
    with served(options.url) as url, visit(options.theme, WIDTH, HEIGHT) as one:
        paths = {"market": "#/market", "batches": f"#/batches/{options.batch or newest_settled(url)}"}
        if options.only:
            paths = {options.only: paths.get(options.only, f"#/{options.only}")}
        for name, path in paths.items():
            one.page.goto(f"{url}/{path}")
            one.page.wait_for_timeout(SETTLE_MS)
            one.page.screenshot(path=options.out / f"{name}.png")


if __name__ == "__main__":
    main()
