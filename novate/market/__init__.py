"""Who trades in a replay, and what they do: pure functions of the recorded book, recorded trades and a seed."""
