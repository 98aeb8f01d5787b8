"""The command line: mounts each package's commands; knows names and exit codes, runs nothing."""

from reports.cli.front import main

__all__ = ["main"]
