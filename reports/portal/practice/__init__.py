"""The pages on which a practice assesses itself: start, questions, result, papers, way back."""
