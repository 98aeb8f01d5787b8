"""What we tell people: labelling decisions, reports, and the command line."""
