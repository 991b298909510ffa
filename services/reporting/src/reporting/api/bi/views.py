"""The views of the schema `bi` as data, and the SQL that makes them with their comments."""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from chassis.database import literal
from reporting.domain.forces import NATIONAL

OF_FIGURES: Final = "figures"
"""The view that has a row per figure, and no rows of its own."""
_ABOUT: Final = "Figures of the Neighbourhood Policing Programme (training)."
_OF_ROWS: Final = ("total", "force_id", "force", "region")
# Whose login it is says whose rows it sees. No setting has a part in it: those are the reader's.
_SIGHT: Final = (
    "session_user::text IN (current_database() || '.' || {scope},"
    f" current_database() || '.{NATIONAL}')"
)
_KEPT: Final = """
CREATE SCHEMA kept;
CREATE TABLE kept.documents (
    scope text NOT NULL,
    figure text NOT NULL,
    grain text NOT NULL,
    counted_by text NOT NULL,
    etag text NOT NULL,
    version integer,
    as_of timestamptz,
    made_at timestamptz NOT NULL,
    about jsonb NOT NULL,
    rows jsonb NOT NULL,
    PRIMARY KEY (scope, figure, grain, counted_by)
);
ALTER TABLE kept.documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE kept.documents FORCE ROW LEVEL SECURITY;
CREATE POLICY sight ON kept.documents USING (session_user = {owner} OR {sight});
CREATE SCHEMA bi;
"""
_FIGURES: Final = """
SELECT d.scope, d.figure, d.grain, d.counted_by, d.version, d.about ->> 'title' AS title,
    d.about #>> '{{definition,words}}' AS words, (d.about ->> 'n')::numeric AS n,
    (d.about ->> 'numerator')::numeric AS numerator,
    (d.about #>> '{{denominator,value}}')::numeric AS denominator,
    (d.about ->> 'percent')::numeric AS percent,
    (d.about #>> '{{freshness,last_event_at}}')::timestamptz AS last_event_at, d.made_at, d.as_of
FROM kept.documents AS d WHERE d.version IS NOT NULL AND {sight}
"""


@dataclass(frozen=True, slots=True)
class Column:
    """source: its name in the rows that are kept; None where it is of the whole document."""

    name: str
    kind: str
    words: str
    source: str | None


@dataclass(frozen=True, slots=True)
class View:
    """figure: whose rows it has; None for counters that no figure shows."""

    name: str
    about: str
    figure: str | None
    columns: tuple[Column, ...]

    @property
    def key(self) -> str:
        """Under which its rows are kept."""
        return self.figure or self.name


@cache
def views() -> tuple[View, ...]:
    """All of them, in the order of the file."""
    text = (files("reporting.api.bi") / "views.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    always = tables.pop("always")
    return tuple(_view(name, each, always) for name, each in tables.items())


def script(owner: str, readers: str) -> str:
    """What makes everything anew, for the role that will keep it and the group that reads."""
    sight = _SIGHT.format(scope="scope")
    # Who waits for a reader keeps all others waiting behind: it is tried again instead.
    parts = ["SET LOCAL lock_timeout = '5s'"]
    parts += ["DROP SCHEMA IF EXISTS bi CASCADE", "DROP SCHEMA IF EXISTS kept CASCADE"]
    parts.append(_KEPT.format(owner=literal(owner), sight=sight))
    parts.extend(part for view in views() for part in _made(view))
    parts.append(f'GRANT USAGE ON SCHEMA bi TO "{readers}"')
    parts.append(f'GRANT SELECT ON ALL TABLES IN SCHEMA bi TO "{readers}"')
    edition = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    parts.append(f"COMMENT ON SCHEMA bi IS {literal(f'{_ABOUT} Edition {edition}.')}")
    return ";\n".join(parts)


def comment(script: str) -> str:
    """What the schema says of itself once this script has made it."""
    return script.rpartition("IS E'")[2].removesuffix("'")


def _made(view: View) -> Iterator[str]:
    # A condition of the reader's must not be asked of rows that are not theirs.
    yield f'CREATE VIEW bi."{view.name}" WITH (security_barrier) AS {_selected(view)}'
    yield f'COMMENT ON VIEW bi."{view.name}" IS {literal(view.about)}'
    for each in view.columns:
        yield f'COMMENT ON COLUMN bi."{view.name}"."{each.name}" IS {literal(each.words)}'


def _selected(view: View) -> str:
    sight = _SIGHT.format(scope="d.scope")
    if view.name == OF_FIGURES:
        return _FIGURES.format(sight=sight)
    own = [each for each in view.columns if each.source is not None]
    shown = ", ".join(
        f'd."{each.name}"'
        if each.source is None and each.name != "line"
        else f'r."{each.source or each.name}" AS "{each.name}"'
        for each in view.columns
    )
    typed = ", ".join(f'"{each.source}" {each.kind}' for each in own)
    named = ", ".join(f'"{each.source}"' for each in own)
    return (
        f"SELECT {shown} FROM kept.documents AS d CROSS JOIN LATERAL"  # noqa: S608  our own words
        f" ROWS FROM (jsonb_to_recordset(d.rows) AS ({typed})) WITH ORDINALITY"
        f" AS r({named}, line) WHERE d.figure = {literal(view.key)} AND {sight}"
    )


def _view(name: str, said: Mapping[str, Any], always: Mapping[str, list[str]]) -> View:
    figure = said.get("figure")
    before = ["scope"] if name == OF_FIGURES else ["scope", "line"]
    before += ["total"] if figure else []
    before += ["grain"] if said.get("grain") else []
    before += ["force_id", "force", "region"] if said.get("force") else []
    after = [*(["version"] if figure else []), "as_of"]
    own = (_column(each, *about) for each, about in said["columns"].items())
    return View(
        name,
        said["about"],
        figure,
        (*_shared(always, before), *own, *_shared(always, after)),
    )


def _shared(always: Mapping[str, list[str]], names: list[str]) -> Iterator[Column]:
    for name in names:
        kind, words = always[name]
        yield Column(name, kind, words, name if name in _OF_ROWS else None)


def _column(name: str, kind: str, words: str, source: str | None = None) -> Column:
    return Column(name, kind, words, source or name)
