"""The tree of pages: a sparse 8-ary Poseidon2 tree, updated level by level.

Two ranges of pages hang in it. A near page enters at level 2, an account header at level 0; a node of level l takes
eight children, and its hash is a child of level l + 1. The node of level 8 is the root.
"""

from typing import NamedTuple

from rollup.hashing import Hasher
from rollup.layout import ARITY, HEADER_LEVEL, LEVELS, NEAR_LEVEL, PAGE_CELLS

EMPTY_PAGE = (0,) * PAGE_CELLS
FAR_SPAN = 3 * (LEVELS - 1)
"""Bits below the root's child of a header's index."""


class NodeRow(NamedTuple):
    """A node that an update opens: its children before and after, and which of them were opened below it."""

    index: int
    before: tuple[int, ...]
    after: tuple[int, ...]
    flags: tuple[int, ...]


class Tree:
    """Hashes of pages and nodes, by level and index; what was never written is empty."""

    def __init__(self) -> None:
        self._children: list[dict[int, int]] = [{} for _ in range(LEVELS + 1)]
        self._empty: list[int] = []

    @property
    def root(self) -> int:
        """Hash of the root; ``update`` once before asking."""
        return self._children[LEVELS][0]

    def update(self, hasher: Hasher, pages: dict[tuple[int, int], tuple[int, ...]]) -> list[list[NodeRow]]:
        """Store pages by (level, index) and recompute the nodes above; the nodes opened, by level and rising index.

        An opened page may be unchanged.
        """
        if not self._empty:
            self._empty = _empty_hashes(hasher)
        hashes = hasher.compress_many(PAGE_CELLS, list(pages.values()))
        opened: list[dict[int, int]] = [{} for _ in range(LEVELS + 1)]
        for (level, index), digest in zip(pages, hashes):
            opened[level][index] = digest
        rows = []
        for level in range(LEVELS):
            row = self._open(level, opened[level])
            digests = hasher.compress_many(ARITY, [node.after for node in row]) if row else []
            opened[level + 1].update((node.index, digest) for node, digest in zip(row, digests))
            rows.append(row)
        # Nothing is stored before every hash is there: a hasher that fails leaves the tree as it was.
        for children, changed in zip(self._children, opened):
            children.update(changed)
        return rows

    def _open(self, level: int, opened: dict[int, int]) -> list[NodeRow]:
        """The nodes above the opened children of a level."""
        children = self._children[level]
        rows = []
        for index in sorted({child // ARITY for child in opened}):
            span = range(ARITY * index, ARITY * (index + 1))
            before = tuple(children[child] if child in children else self._empty_at(level, child) for child in span)
            after = tuple(opened.get(child, old) for child, old in zip(span, before))
            rows.append(NodeRow(index, before, after, tuple(int(child in opened) for child in span)))
        return rows

    def _empty_at(self, level: int, index: int) -> int:
        """Hash of an empty subtree: a near one holds fewer levels below it."""
        is_near = level >= NEAR_LEVEL and index >> (FAR_SPAN - 3 * level) == 0
        return self._empty[level - (NEAR_LEVEL if is_near else HEADER_LEVEL)]

    # ------------------------------------------------------------------------------------------ snapshots
    def to_dict(self) -> dict:
        """Everything, in rising order of index."""
        return {"empty": self._empty, "children": [sorted(level.items()) for level in self._children]}

    @classmethod
    def from_dict(cls, data: dict) -> "Tree":
        """Undo ``to_dict``."""
        tree = cls()
        tree._empty = data["empty"]
        tree._children = [dict(level) for level in data["children"]]
        return tree


def _empty_hashes(hasher: Hasher) -> list[int]:
    """Hashes of the empty page and of empty subtrees, by height."""
    digest = hasher.compress_many(PAGE_CELLS, [EMPTY_PAGE])[0]
    hashes = []
    for _ in range(LEVELS):
        hashes.append(digest)
        digest = hasher.compress_many(ARITY, [(digest,) * ARITY])[0]
    return hashes
