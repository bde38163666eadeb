"""The most memory that processes have had in use, as the kernel counts it."""

from pathlib import Path

PROC = Path("/proc")


def peak_bytes(pid: int) -> int:
    """Largest resident set of the process so far; 0 once it has ended."""
    try:
        status = (PROC / str(pid) / "status").read_text()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)


def descendants(pid: int) -> dict[int, str]:
    """{process: its command line} of all that this process has started, and those have."""
    parents, commands = {}, {}
    for folder in PROC.glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            commands[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
    found: dict[int, str] = {}
    before = -1
    while len(found) > before:
        before = len(found)
        found |= {one: commands.get(one, "") for one, parent in parents.items() if parent in {pid, *found}}
    return found
