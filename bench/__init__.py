"""Benchmarks: how close each part comes to the limit of the machine it runs on.

`python -m bench` prints one JSON line per figure, then a table beside the budgets.
"""
