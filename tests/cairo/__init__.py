"""A second opinion on clearing: margin and the conditions of fills and evictions, written in another language."""
