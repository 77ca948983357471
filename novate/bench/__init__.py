"""What things cost: constraints, seconds, memory, gas. Definitions are in docs/bench.md."""
