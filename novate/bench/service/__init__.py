"""What the services do as a whole: under load, under kills, from an order to its settlement."""
