"""What the service keeps: tables, the reads of its decisions, the lists of its API."""

from events.store.lists import last_place, place_list, session_list, session_row
from events.store.queries import (
    every_force,
    first_in_line,
    force_of_learners,
    live_places,
    modules_of,
    overlaps,
    place_learner,
    session_of,
    upcoming,
)
from events.store.tables import attendance_reasons, learners, metadata, modules, places, sessions

__all__ = [
    "attendance_reasons",
    "every_force",
    "first_in_line",
    "force_of_learners",
    "last_place",
    "learners",
    "live_places",
    "metadata",
    "modules",
    "modules_of",
    "overlaps",
    "place_learner",
    "place_list",
    "places",
    "session_list",
    "session_of",
    "session_row",
    "sessions",
    "upcoming",
]
