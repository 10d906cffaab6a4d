"""What is derived and may be lost: tables, full text, names."""
