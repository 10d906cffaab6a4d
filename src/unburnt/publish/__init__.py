"""What leaves the archive: proofs, court packs, and what a stranger checks them with."""
