"""How copies meet: sites, replication, witnesses, bundles."""
