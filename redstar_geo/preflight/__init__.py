"""What check says."""
