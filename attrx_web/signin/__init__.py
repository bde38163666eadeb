"""How people come in: allauth's pages by our rules (docs/decisions/0036)."""
