"""Make the cut of recorded trading that ships inside the package.

``.venv/bin/python scripts/cut_feed.py CAPTURES`` reads the two USD-margined captures named in ``SOURCES`` from the
folder CAPTURES and writes ``novate/data``. Kept: the first seconds, book and trades. Left out: best quotes, which the
book implies, and levels further from the touch than the best ``LEVELS`` of either side ever reach within the cut, so
that those levels are as recorded at every moment.
"""

import gzip
import hashlib
import sys
from pathlib import Path

import msgspec

from novate.data import FOLDER, LEVELS, SECONDS, SOURCES
from novate.feed.book import RecordedBook
from novate.feed.capture import lines, numbered_events, parsed
from novate.feed.events import Trade
from novate.feed.fixed import decimal, fixed
from novate.feed.timeline import SECOND


def span(path: Path) -> tuple[int, int]:
    """First and last receive time of the cut."""
    number, line = next(lines(path))
    start, _ = parsed(path, number, line)
    return start, start + SECONDS * SECOND


def needed_range(path: Path) -> tuple[int, int]:
    """Lowest bid and highest ask among the best levels at any moment of the cut."""
    _, end = span(path)
    book = RecordedBook(path.name)
    low, high = None, None
    for _, _, event in numbered_events(path):
        if event.time > end:
            break
        book.apply(event)
        if book.whole and not isinstance(event, Trade):
            view = book.view(event.time, LEVELS)
            low = min(view.bids[-1][0], low or view.bids[-1][0])
            high = max(view.asks[-1][0], high or 0)
    return low, high


def trimmed(message: dict, low: int, high: int) -> dict | None:
    """The message with only the levels in range, or None if it is not part of the cut."""
    data = message.get("data", message)
    if data.get("e") == "bookTicker":
        return None
    for bids, asks in (("b", "a"), ("bids", "asks")):
        if isinstance(data.get(bids), list):
            data[bids] = [row for row in data[bids] if fixed(row[0]) >= low]
            data[asks] = [row for row in data[asks] if fixed(row[0]) <= high]
    return message


def cut(path: Path) -> bytes:
    """The cut of one capture, uncompressed."""
    low, high = needed_range(path)
    _, end = span(path)
    kept: list[bytes] = []
    for number, line in lines(path):
        time, message = parsed(path, number, line)
        if time > end:
            break
        message = trimmed(message, low, high)
        if message is not None:
            kept.append(b"%d %s\n" % (time, msgspec.json.encode(message)))
    print(f"{path.name}: {len(kept)} lines, bids from {decimal(low)}, asks to {decimal(high)}")
    return b"".join(kept)


def main(folder: Path) -> None:
    """Write every cut and print what belongs into SOURCE.md."""
    for name, source in SOURCES.items():
        path = folder / source.file
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != source.digest:
            raise SystemExit(f"{path} is not the capture that was cut: digest {found}")
        content = cut(path)
        compressed = gzip.compress(content, compresslevel=9, mtime=0)
        (FOLDER / name).write_bytes(compressed)
        print(f"  {name}: {len(compressed)} bytes, content {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
