"""A journal and its disk: really full, and forced onto it before an event is acknowledged."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from session_world import day

HERE = Path(__file__).parent

DISK = """
import json, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from session_world import day, engine, event
import clientcore as cc
disk, made = Path(sys.argv[2]), engine(Path(sys.argv[3]))
ballast, told, taken = disk / "ballast", [], []

def fill(free=0):
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass
        file.truncate(max(file.tell() - free, 0))

def tried(what):
    try:
        what()
        told.append("done")
    except cc.SessionError as error:
        told.append(error.problems[0].code)

def note(at):
    data = {"id": f"k{at}", "contact_id": "p", "subject": "x" * 2000, "is_escalated": True}
    return event(f"e{at}", "cases", 0, data, account=f"a{at}")

fill()
tried(lambda: made.open_session(disk / "live.sqlite"))
ballast.unlink()
session = made.open_session(disk / "live.sqlite", retention_days=3)
fill(free=400_000)
for at in range(1000):
    try:
        session.post(note(at))
        taken.append(at)
    except cc.SessionError as error:
        told.append(error.problems[0].code)
        break
fill()
tried(lambda: session.advance(day(9)))
tried(lambda: session.erase("p"))
standing = [session.decision(f"a{at}").as_of.toordinal() == session._journal.row(f"a{at}").day for at in taken]
ballast.unlink()
tried(lambda: session.advance(day(9)))
tried(lambda: session.erase("p"))
tried(lambda: session.post(note("last")))
session.close()
with made.open_session(disk / "live.sqlite") as session:
    print(json.dumps([told, len(taken), all(standing), session.counts(), str(session.clock)]))
"""


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """A small disk of its own, in a mount namespace that ends with the process."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = f'mount -t tmpfs -o size=1m none "{disk}" && exec "$@"'
    command = ["unshare", "--mount", "sh", "-c", mounted, "sh"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*command, "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("nothing can be mounted here")
    asked = [*command, sys.executable, "-c", DISK, str(HERE), str(disk), str(tmp_path)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    told, taken, standing, counts, clock = json.loads(done.stdout)
    assert told[:4] == ["CC707"] * 4  # at the start, at an event, as the clock moves, as somebody is erased
    assert told[4:] == ["done"] * 3
    assert taken > 0
    assert standing
    assert (counts["accounts"], clock) == (taken + 1, day(9).isoformat())


FORCED = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from session_world import engine, promise
made, folder = engine(Path(sys.argv[2])), Path(sys.argv[2])
with made.open_session(folder / "live.sqlite", survive_power_loss=sys.argv[3] == "forced") as session:
    session.post(promise("first", 0, 0))
    sys.stdout.write("begin\\n")
    sys.stdout.flush()
    for at in range(20):
        session.post(promise(f"p{at}", 0, 0))
    sys.stdout.write("end\\n")
    sys.stdout.flush()
"""


@pytest.mark.parametrize(("how", "times"), [("forced", 20), ("not", 0)])
def test_what_shall_survive_a_loss_of_power_is_forced_onto_the_disk(tmp_path: Path, how: str, times: int) -> None:
    """The system is watched: each event waits for the disk once, or none does."""
    trace = tmp_path / "trace"
    watch = ["strace", "-f", "-e", "trace=fsync,fdatasync,write", "-o", str(trace)]
    if shutil.which("strace") is None or subprocess.run([*watch, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no program can be watched here")
    command = [*watch, sys.executable, "-c", FORCED, str(HERE), str(tmp_path), how]
    subprocess.run(command, capture_output=True, check=True)
    between = trace.read_text().partition('"begin\\n"')[2].partition('"end\\n"')[0]
    assert between.count("fsync(") + between.count("fdatasync(") == times
