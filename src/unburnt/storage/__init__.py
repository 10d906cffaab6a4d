"""What is kept: objects, logs, checkpoints, the keyring, and the small backend port."""
