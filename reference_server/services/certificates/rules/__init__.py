"""The rules of the certificate authority, one function each; pure."""
