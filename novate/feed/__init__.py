"""Recorded markets: captures read line by line, the book they describe, and what a replay takes from them."""
