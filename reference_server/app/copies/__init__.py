"""The Worlds of a folder: made, emptied, kept as snapshots, brought back; knows no HTTP."""
