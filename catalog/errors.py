"""What goes wrong with catalogue data."""


class CatalogError(ValueError):
    """Catalogue data that cannot be used. The message names file, row, field and value, and the remedy."""
