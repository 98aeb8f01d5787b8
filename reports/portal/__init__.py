"""The web face of the lab: self-assessments in the browser; runs no campaign in its own process."""
