"""Label rules as data and as one pure decision; knows no run, no file of a run and no page."""
