"""Simulations that show how the rules of CESAR behave; synthetic people only."""
