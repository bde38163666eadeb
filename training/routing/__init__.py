"""What is to become of a version's predictions: what was asked for, the evidence, and the dry run."""
