"""The Celery application: configuration is settings.CELERY_*, tasks live in each app's tasks.py."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "attrx_web.settings")

app = Celery("attrx")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# By name: only a worker loads it.
app.steps["worker"].add("training.presence:Presence")
