"""How the archive survives: exposure, revocation, recovery, drills, attack alerts."""
