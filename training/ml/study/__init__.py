"""How well routing works where the truth is known: what manage.py study_routing runs."""
