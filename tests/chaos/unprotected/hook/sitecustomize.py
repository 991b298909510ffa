"""Imported by Python itself where this folder is on its path: takes a protection away."""

# Only from a service's process; and a process that can't be changed must not run unchanged.

import os
import sys
import traceback

_ROLES = ("run", "serve", "consume", "relay")

if sys.orig_argv[-1] in _ROLES and "-m" in sys.orig_argv:
    try:
        from tests.chaos.unprotected.taking import take_away

        take_away(os.environ["CHAOS_WITHOUT"])
    except BaseException:  # noqa: BLE001 - whatever it is
        traceback.print_exc()
        os._exit(70)
