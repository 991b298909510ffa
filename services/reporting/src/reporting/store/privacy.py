"""What reporting holds about learners: opaque ids that figures count, and nothing that names."""

from typing import Final

from chassis.privacy import Holding, Impersonal, Privacy
from chassis.privacy.holdings import OPAQUE, STAFF, chassis_holdings

_COUNTING: Final = "figures: each person is counted once"
_SOURCE: Final = "the other services' events"
_COLUMNS: Final = {
    "learners_view": "learner_id, force_id, worker_type, rank, neighbourhood, sequence",
    "enrolments_view": "enrolment_id, learner_id, programme_id, programme_version, training,"
    " sequence, completed_on",
    "parts_view": "enrolment_id, part, learner_id, completed_on",
    "headline_staff_view": "learner_id, neighbourhood, sequence",
    "headline_signatures_view": "portfolio_id, learner_id, force_id, part, signed_at",
    "portfolios_view": "portfolio_id, learner_id, force_id, enrolment_id, programme_id,"
    " programme_version, part, state, revision, opened_at, signed_at, sequence",
    "results_view": "attempt_id, learner_id, force_id, programme_id, programme_version, blueprint,"
    " part, occasion, outcome, score_percent, valid, first_valid, sequence",
    "places_view": "place_id, session_id, learner_id, force_id, state, late, sequence, kind,"
    " module, attendance, minutes, held_on, attendance_sequence",
    "funnel_people_view": "learner_id, force_id, worker_type, registered_on, sequence",
    "funnel_enrolments_view": "enrolment_id, learner_id, enrolled_on, certified_on",
    "funnel_modules_view": "learner_id, module, completed_on",
    "funnel_marks_view": "source_id, learner_id, step, reached_on, sequence",
    "funnel_portfolios_view": "portfolio_id, learner_id, submitted_on, assessed_on, signed_on",
    "risk_people_view": "learner_id, force_id, sequence",
    "risk_enrolments_view": "enrolment_id, learner_id, enrolled_on, first_on, last_on, training,"
    " sequence, opened, completed",
    "risk_progress_view": "source_id, learner_id, progressed_on, sequence",
}
_STATES: Final = Holding(
    "pipeline",
    "pipeline_view",
    what="in which state each portfolio is, and since when",
    purpose=_COUNTING,
    source=_SOURCE,
    of="portfolio_id IN (SELECT portfolio_id FROM portfolios_view"
    " WHERE learner_id = ANY($1::uuid[]))",
    kept={"portfolio_id, force_id, state, since, sequence": OPAQUE},
)
_FACTS: Final = Holding(
    "tally-facts",
    "tally_facts",
    what="what somebody, or a portfolio of theirs, counts for in each figure",
    purpose=_COUNTING,
    source="our own read models",
    recipients="nobody: figures show counts, and small ones not nationally",
    of="id = ANY($1::uuid[]) OR id IN (SELECT portfolio_id FROM portfolios_view"
    " WHERE learner_id = ANY($1::uuid[]))",
    kept={"tally, id, cells": OPAQUE},
)


def _counted(table: str, columns: str) -> Holding:
    name = table.removesuffix("_view").replace("_", "-")
    words = name.replace("-", " ")
    return Holding(
        name,
        table,
        what=f"rows of the read model {words}",
        purpose=_COUNTING,
        source=_SOURCE,
        recipients="nobody: figures show counts, and small ones not nationally",
        kept={columns: OPAQUE},
    )


HOLDINGS: Final = (
    *chassis_holdings("SELECT unnest($1::uuid[])::text"),
    *(_counted(table, columns) for table, columns in _COLUMNS.items()),
    _STATES,
    _FACTS,
)
_PSEUDONYMOUS: Final = (
    "under a pseudonym that nothing translates any more once its holder is erased"
)

PRIVACY: Final = Privacy(
    "reporting",
    HOLDINGS,
    [
        Impersonal("freshness_view", "how far each read model is"),
        Impersonal("workforces_view", "headcounts of forces"),
        Impersonal("files_view", "how many rows of each file were taken and sent back"),
        Impersonal("waiting_view", "how many statements wait, by force"),
        Impersonal("module_completions_view", "counts"),
        Impersonal("module_months_view", "counts"),
        Impersonal(
            "tally_touched",
            "whom figures are to be counted anew for",
            dict.fromkeys(("learner_id", "portfolio_id"), "gone as soon as they are counted"),
        ),
        Impersonal("tally_cells", "counts", {"key": "of what: a module, a state, a month"}),
        Impersonal("tally_versions", "when counts changed"),
        Impersonal("tallied_view", "how far each read model is counted"),
        Impersonal("tally_state", "what counts were made by"),
        Impersonal("sessions_view", "what is held when", {"title": "of a session"}),
        Impersonal("disclosures", "counts that were shown"),
        Impersonal("disclosures_past", "counts that were shown"),
        Impersonal(
            "feeds", "how long each force's feed is", {"named_by": "a fingerprint of a key"}
        ),
        Impersonal(
            "feed_events",
            "each force's events; a proof of completeness covers them, so they stay",
            {
                "document": f"an event, no name and no free text in it, {_PSEUDONYMOUS}",
                "subject": _PSEUDONYMOUS,
            },
        ),
        Impersonal(
            "force_erasures",
            "what each force was told to erase of its own, and when it said that it had",
            {"pseudonym": _PSEUDONYMOUS, "confirmed_by": STAFF},
        ),
        Impersonal("feed_days", "counts and hashes of each day's events"),
        Impersonal("feed_streams", "how far each force's topic has come"),
        Impersonal("feed_packages", "what a day's files hold", {"document": "counts and hashes"}),
        Impersonal("feed_file_parts", "a day of a feed as files", {"content": _PSEUDONYMOUS}),
        Impersonal("cuts", "figures of a past moment", {"asked_by": STAFF}),
        Impersonal("cut_figures", "frozen figures", {"document": "counts"}),
        Impersonal("cut_parts", "hashes of frozen figures"),
        Impersonal("returns", "national returns", {"opened_by": STAFF}),
        Impersonal(
            "return_versions",
            "versions of returns",
            {"made_by": STAFF, "published_by": STAFF, "reason": "why a figure was corrected"},
        ),
        Impersonal("return_confirmations", "who confirmed figures", {"confirmed_by": STAFF}),
        Impersonal(
            "webhook_endpoints",
            "addresses of forces' systems",
            {"note": "what a system is for", "reason": "a word of a closed list"},
        ),
        Impersonal(
            "csv_links",
            "links to figures, for spreadsheets",
            {
                "made_by": STAFF,
                "label": "which workbook it is for",
                "counted_by": "module, force or way of reporting",
            },
        ),
        Impersonal("webhook_cursors", "how far each address has come"),
        Impersonal("webhook_deliveries", "which event was delivered when", {"key": _PSEUDONYMOUS}),
    ],
)
