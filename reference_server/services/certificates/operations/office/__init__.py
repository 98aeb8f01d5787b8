"""The registration office: applications, their certificates, and who may do what to them."""
