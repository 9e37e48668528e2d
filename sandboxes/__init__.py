"""What the two sandboxes share: a record that survives `kill -9`, things that are due, a server."""
