"""What may stand in the index, who is whom, and what wins; pure, knows no table."""
