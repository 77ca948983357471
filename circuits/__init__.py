"""Why it must be so: the statement as a circuit (Go, gnark), and the Python doors to it."""
