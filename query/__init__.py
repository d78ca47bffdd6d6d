"""Questions in, fresh answers and freshness reports out."""
