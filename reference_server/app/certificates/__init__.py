"""The operator's command for a World's certificate authority; answers no request."""
