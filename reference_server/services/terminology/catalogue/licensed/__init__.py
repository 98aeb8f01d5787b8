"""Lists that may not come with this project, read from files that a user has a licence for."""
