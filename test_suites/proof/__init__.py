"""The lab judged: self-check, defects that must be caught, benchmarks; knows no report."""
