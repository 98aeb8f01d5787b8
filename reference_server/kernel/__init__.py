"""What every service stands on: store, refusals, HTTP, access; knows no service and no World."""
