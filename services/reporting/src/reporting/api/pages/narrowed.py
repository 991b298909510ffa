"""One force out of a figure of the nation: the very rows that its table shows, and no other."""

from typing import Any

from reporting.api.figures.reader import Document


def narrowed(document: Document, force_id: str) -> Document:
    """For who reads the nation with small numbers withheld: withheld there, withheld here.

    Asking for the figure with the force's own sight would tell what the nation's withholds.
    """
    rows = [row for row in document["rows"] if row.get("force_id", row.get("key")) == force_id]
    found: Document = {**document, "rows": rows, "n": None}
    if "totals" in document:
        found["totals"] = rows if isinstance(document["totals"], list) else rows[0]
    if document["id"] == "headline":
        found |= _headline(rows[0])
    return found


def _headline(row: dict[str, Any]) -> Document:
    reported = row["denominator"] is not None
    return {
        "numerator": row["numerator"],
        "suppressed": row["numerator"] is None,
        "percent": row["percent"],
        "denominator": {
            "value": row["denominator"],
            "oldest": row["as_of"],
            "newest": row["as_of"],
            "sources": [row["source"]] if reported else [],
            "reported": int(reported),
            "missing": [] if reported else [row["force_id"]],
        },
    }
