"""A synthetic country: as many people as wanted, alike on every run; knows no real person."""
