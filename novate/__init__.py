"""The front door: command line, replay of recorded markets, demo."""

__version__ = "0.1.0"
