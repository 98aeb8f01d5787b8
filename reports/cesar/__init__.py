"""CESAR, a practice's self-assessment: its measures, the dialogue, what the answers come to."""
