"""Whom the lab tests and how it is made to act; knows no scenario and no verdict."""
