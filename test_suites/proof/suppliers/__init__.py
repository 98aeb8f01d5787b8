"""Suppliers of identities with one named fault each: the reference at an address, spoilt."""
