"""A small real stream that ships with the project, so that the first run answers at once."""
