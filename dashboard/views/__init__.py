"""The pages, one a file: read, derive, draw, explain."""
