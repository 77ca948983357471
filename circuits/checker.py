"""Traces and forgeries, rule by rule."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from circuits.lines import Died, LineProcess
from circuits.records import Findings, error_from, error_of_death

Trace = Mapping[str, object] | str | Path
"""A trace as the engine makes it, or the path of a JSON file that holds one."""


def source(trace: Trace) -> dict:
    """Where the prover finds a trace: in a file, or in the question itself."""
    return {"trace": str(Path(trace).absolute())} if isinstance(trace, str | Path) else {"inline": trace}


class Checker:
    """Runs traces and forgeries through a circuit's rules, each rule on its own, in gnark's test engine."""

    def __init__(self, key_dir: Path | None = None) -> None:
        """``key_dir`` keeps compiled circuits for ``solve``."""
        self._process = LineProcess(["check", *(["--dir", str(key_dir)] if key_dir else [])])

    def __enter__(self) -> "Checker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def check(
        self,
        trace: Trace,
        *,
        overrides: Mapping[str, object] | None = None,
        off: Sequence[str] = (),
        lies: Mapping[str, Sequence[int]] | None = None,
        solve: bool = False,
    ) -> Findings:
        """Which rules a trace breaks.

        ``overrides`` write values over the trace by path: ``orders[3].live``, ``headers[0].positions[2].after.size``,
        whole rows too. ``words[i]`` changes a public word, ``agreed[i]`` the contract's copy of it only; ``used[i]``,
        ``sponge``, ``challenge`` and ``fold`` replace what follows from the rest. Rules in ``off`` are not looked at;
        ``lies`` are what hints answer, by ``label#occurrence``. ``solve`` runs the compiled constraint system too.

        Raises ``TraceRefused`` for a trace whose form is wrong, and ``ProverError``.
        """
        question = {"id": 1, **source(trace), "set": _texts(overrides or {}), "off": list(off), "solve": solve}
        question["lies"] = {label: [str(value) for value in values] for label, values in (lies or {}).items()}
        try:
            self._process.ask(question)
            answer = self._process.answer()
        except Died as died:
            raise error_of_death(died) from None
        if "error" in answer:
            raise error_from(answer["error"])
        return Findings(**{name: answer[name] for name in Findings._fields if name in answer})

    def close(self) -> None:
        """End the process."""
        self._process.stop()


def _texts(values: Mapping[str, object]) -> dict[str, object]:
    """Numbers as text, so that no reader in between rounds them."""

    def text(value: object) -> object:
        if isinstance(value, Mapping):
            return {name: text(part) for name, part in value.items()}
        if isinstance(value, list | tuple):
            return [text(part) for part in value]
        return str(int(value))

    return {path: text(value) for path, value in values.items()}
