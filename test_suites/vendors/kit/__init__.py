"""What both made-up vendors share of their own code; knows neither the lab nor the service."""
