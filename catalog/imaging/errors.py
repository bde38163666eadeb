"""What goes wrong with photos."""


class ImageError(ValueError):
    """A photo that cannot be used: why, and what to do. Which photo it is, the caller says."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}: {remedy}")
        self.reason = reason
        self.remedy = remedy
