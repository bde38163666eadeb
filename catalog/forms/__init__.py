"""What people fill in about the catalogue, a module for each part of it."""
