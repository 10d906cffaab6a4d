"""Messages inside exports of messengers, telephones and mail programs."""
