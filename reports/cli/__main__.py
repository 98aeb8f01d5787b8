"""Starts the command line as `python -m reports.cli`; knows nothing else."""

import sys

from reports.cli import main

sys.exit(main())
