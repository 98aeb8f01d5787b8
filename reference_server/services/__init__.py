"""The national services, each in its folder and all of one shape; they meet through ports."""
