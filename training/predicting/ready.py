"""The champion is loaded before anybody asks it: at the start, and after a promotion or rollback."""

import logging
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError

from training.ml.errors import DataError
from training.ml.warm import WarmModel
from training.selectors import champion_id
from training.selectors.predicting import predictor_of
from training.selectors.versions import version_with

logger = logging.getLogger(__name__)


class Champion:
    """Keeps the champion loaded. A database that is away, or files that are gone, hinder nobody."""

    def __init__(self, warm: WarmModel) -> None:
        self._warm = warm
        self._loaded: int | None = None

    def __call__(self) -> None:
        """Load the champion, if that is another one than before."""
        try:
            self._load()
        except DatabaseError as error:
            logger.warning("who is the champion is not known now (%s)", type(error).__name__)

    def _load(self) -> None:
        found = champion_id()
        if found is None or found == self._loaded:
            return
        self._loaded = found  # Also where it cannot be used: that is said once.
        if (version := version_with(version_id=found)) is None:
            return
        adapter = Path(settings.ATTRX_ARTIFACTS_DIR) / version.adapter_path
        try:
            self._warm.load(predictor_of(version).model, adapter)
        except (DataError, KeyError, TypeError) as error:
            logger.warning("%s cannot be loaded: %s", version, error)
        else:
            logger.info("%s is loaded", version)
