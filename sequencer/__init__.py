"""What happens next: admission, the one writer, its journal, and what brings each batch from sealed to settled."""
