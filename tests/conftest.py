"""Tests press Ctrl+C: they must be able to, whoever started them."""

import signal

# What runs in the background of a shell ignores SIGINT, and so do the programs that it starts:
# a test that interrupts one would wait for good.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
