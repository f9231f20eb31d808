"""Doctor examines the parts side by side and does not wait for one that hangs."""

import threading
import time

from wekadocs_assets.cli.doctor import consult
from wekadocs_assets.core.checks.diagnosis import Diagnosis, Verdict, exit_code, ok


class Part(Diagnosis):
    part = "part"

    def __init__(self, verdict: Verdict) -> None:
        self._verdict = verdict

    def checks(self):
        return [("0", lambda: self._one(self._verdict))]

    def _one(self, verdict: Verdict):
        yield verdict


def test_a_part_that_hangs_is_left_behind_with_what_it_found_till_then():
    released = threading.Event()

    class Hanging(Part):
        def _one(self, verdict):
            yield verdict
            released.wait(30)

    begun = time.monotonic()
    found = consult([Hanging(ok("first")), Part(ok("other"))], 0.3)
    assert time.monotonic() - begun < 25
    released.set()
    assert [finding.detail for finding in found] == ["first", "did not finish within 0.3 s", "other"]
    assert exit_code(found) == 3
