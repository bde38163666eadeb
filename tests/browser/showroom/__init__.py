"""A shop in the middle of its work: something for every page to show."""
