"""The ACME server (RFC 8555), one module a subject; knows no HTTP."""
