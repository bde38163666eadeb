"""Whether shifts that are put into the demo catalogue are found, and nothing where there are none."""
