"""Items in, searchable chunks out; the daemon."""
