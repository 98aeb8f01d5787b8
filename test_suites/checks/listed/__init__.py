"""The lists of checks, one for each family; `checks.registry` joins them."""
