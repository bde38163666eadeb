"""ASGI entry point: attrx_web.asgi:application."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "attrx_web.settings")

application = get_asgi_application()
