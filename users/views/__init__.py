"""Pages under /account/, a module a subject."""
