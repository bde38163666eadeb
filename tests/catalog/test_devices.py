import pytest

from catalog.devices import device_of

SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Edg/141.0"
CHROME = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (SAFARI, "Safari on iPhone"),
        (EDGE, "Edge on Windows"),
        (CHROME, "Chrome on Android"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Unknown"),
        ("x" * 100, "x" * 40),
    ],
)
def test_a_browser_is_called_as_people_call_it(user_agent: str, device: str) -> None:
    assert device_of(user_agent) == device
