"""What should happen to the CRM, and making it happen."""
