"""How a byte-exact original comes in, and what is known of its capture."""
