"""What the certificate authority does, one module a subject; knows no HTTP."""
