"""The recipes: one file per journey, and the only place that decides order."""
