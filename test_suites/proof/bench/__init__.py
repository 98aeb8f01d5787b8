"""Measurements: medians of alternating runs, with the machine's description; no verdicts."""
