"""What goes wrong with answers."""


class LabelingError(ValueError):
    """An answer that cannot be recorded. The message names listing, attribute and value, and the remedy."""
