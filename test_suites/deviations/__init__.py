"""How the lab spoils its own answers on purpose; knows no scenario and records nothing."""
