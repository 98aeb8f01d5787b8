"""The report: one model, kept as report.json, and the pages rendered from it; judges nothing."""
