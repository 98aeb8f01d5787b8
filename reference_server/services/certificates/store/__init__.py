"""What the certificate authority keeps, in the World's store; knows no protocol and no key."""
