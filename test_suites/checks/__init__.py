"""One fact per check: pure looks at a View, in an explicit registry; they know no severity."""
