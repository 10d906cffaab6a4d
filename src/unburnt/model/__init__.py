"""What is recorded and how it adds up: statements, vocabularies, entities, the roster, custody."""
