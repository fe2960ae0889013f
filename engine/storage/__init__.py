"""What Formwire keeps, and every query over it."""
