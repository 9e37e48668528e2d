"""Reads for the portal's pages; each a constant number of statements, whatever the rows."""
