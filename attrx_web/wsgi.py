"""WSGI entry point: attrx_web.wsgi:application."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "attrx_web.settings")

application = get_wsgi_application()
# Now, before the server forks: whoever asks first would wait for it, once in each process.
get_resolver().url_patterns  # noqa: B018
