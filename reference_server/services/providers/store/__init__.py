"""The provider directory in the World's store: who is in it, and the resources about them."""
