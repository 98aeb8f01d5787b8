"""What each grant type asks for before tokens are issued; one module a grant."""
