"""The pages of training, a module for each part of it."""
