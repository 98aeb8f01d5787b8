"""The printed page: checking a PDF and stamping number and QR code into it, in a worker."""
