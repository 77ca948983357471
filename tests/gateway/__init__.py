"""Tests of the API: what it takes, what it answers, what it keeps, what it withstands."""
