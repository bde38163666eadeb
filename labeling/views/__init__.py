"""The pages of labels, a module for each part."""
