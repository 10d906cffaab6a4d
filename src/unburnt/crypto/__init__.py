"""Bytes in, bytes out: hash, seal, sign, Merkle trees, commitments, shares, passphrases."""
