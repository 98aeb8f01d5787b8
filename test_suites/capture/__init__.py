"""What was said and seen, taken down as it happened; knows no requirement and no verdict."""
