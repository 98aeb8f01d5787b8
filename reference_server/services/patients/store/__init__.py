"""What the patient directory keeps; knows no other service."""
