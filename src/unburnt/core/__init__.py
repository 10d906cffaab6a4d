"""The words everything else is said in: errors, ids, uncertain dates, canonical bytes."""
