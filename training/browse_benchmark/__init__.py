"""How fast the listings page answers over a large generated catalogue: the catalogue, and the requests."""
