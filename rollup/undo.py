"""The undo log: how an action that is refused half way leaves no trace."""


class Undo:
    """Inverse steps of what the present action did, each a function and its arguments; undone last first."""

    __slots__ = ("steps",)

    def __init__(self) -> None:
        self.steps: list[tuple] = []

    def push(self, *step) -> None:
        """Remember ``step[0](*step[1:])``."""
        self.steps.append(step)

    def back_to(self, length: int) -> None:
        """Undo everything after the first ``length`` steps."""
        steps = self.steps
        while len(steps) > length:
            function, *arguments = steps.pop()
            function(*arguments)
