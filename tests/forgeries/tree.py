"""Lies about the state tree, and the nodes above them made to agree."""

from circuits.native import Native
from rollup.layout import ARITY, LEVELS, PublicWord


def above(trace: dict, level: int, index: int) -> tuple[dict, int]:
    """The node that holds a child of a level, and its place in it."""
    parent, place = divmod(index, ARITY)
    return next(node for node in trace["nodes"][level] if node["index"] == parent), place


def graft(trace: dict, level: int, index: int, *, before: int | None = None, after: int | None = None) -> None:
    """Other hashes in place of a child."""
    node, place = above(trace, level, index)
    for name, value in (("before", before), ("after", after)):
        if value is not None:
            children = list(node[name])
            children[place] = value
            node[name] = tuple(children)


def flag(trace: dict, level: int, index: int, value: int) -> None:
    """Whether a child is opened."""
    node, place = above(trace, level, index)
    flags = list(node["flags"])
    flags[place] = value
    node["flags"] = tuple(flags)


def unopened(trace: dict, level: int, index: int) -> None:
    """A child stays as it was, and nobody opens it; nor the node above it, if that was its only one."""
    node, place = above(trace, level, index)
    flag(trace, level, index, 0)
    graft(trace, level, index, after=node["before"][place])
    if not any(node["flags"]):
        unopened(trace, level + 1, node["index"])


def regrow(native: Native, trace: dict, lowest: int = 0) -> dict:
    """The trace with every node above recomputed from its children, those of the lowest level taken as they are."""
    for level in range(lowest, LEVELS):
        nodes = [node for node in trace["nodes"][level] if sum(node["flags"])]
        for name in ("before", "after"):
            hashes = native.compress_many(ARITY, [tuple(node[name]) for node in nodes])
            for node, digest in zip(nodes, hashes):
                if level + 1 < LEVELS:
                    graft(trace, level + 1, node["index"], **{name: digest})
                else:
                    trace["words"][PublicWord.ROOT_BEFORE if name == "before" else PublicWord.ROOT_AFTER] = digest
    return trace
