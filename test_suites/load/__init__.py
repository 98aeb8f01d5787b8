"""Load on a server: a journey at a planned rate, sent by a process of its own, as evidence."""
