"""Generated requests against a service: Schemathesis thinks them up, the lab sends and records."""
