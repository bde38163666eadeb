"""The demo catalogue: twelve verticals of product listings, rendered by code from a seed. Needs no Django."""

from catalog.demo.folder import write_folder
from catalog.demo.generate import DemoListing, render_listings
from catalog.demo.looks import LOOKS, Look
from catalog.demo.schema import demo_schema

__all__ = ["LOOKS", "DemoListing", "Look", "demo_schema", "render_listings", "write_folder"]
