"""What many assessments say together, and what must stay unsaid because too few said it; pure."""
