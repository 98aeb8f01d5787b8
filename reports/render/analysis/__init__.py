"""The anonymous analysis as people read it: a page with charts, tables as CSV, a yearly report."""
