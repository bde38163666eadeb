from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"

    def ready(self) -> None:
        """Have the lookups that queries of all apps use."""
        from catalog import lookups  # noqa: F401  importing it registers them
