"""Runs conversations between a subject, the lab and the reference service; judges nothing."""
