"""Watching: logs with one event name a line, metrics, alert rules, and how often things should happen."""
