"""The prescription service's resources: what is read from them and written into them."""
