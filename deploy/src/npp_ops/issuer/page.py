"""The sign-in page: a choice of demo identities, plain HTML, no script."""

from collections.abc import Mapping
from html import escape

from npp_ops.issuer.identities import NATIONAL, identities

STYLE = """
body { margin: 0; font: 1.1875rem/1.4 system-ui, sans-serif; color: #0b0c0c; background: #fff }
header { background: #0b0c0c; color: #fff; padding: .75rem 1rem; font-weight: 700 }
main { max-width: 40rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 2rem }
fieldset { border: 0; padding: 0; margin: 0 0 2rem }
legend, label { font-weight: 700; display: block; margin-bottom: .5rem }
select { font: inherit; width: 100%; padding: .4rem; border: 2px solid #0b0c0c }
button { font: inherit; font-weight: 700; color: #fff; background: #00703c; border: 0;
  box-shadow: 0 2px 0 #002d18; padding: .5rem 1rem; margin: .5rem .5rem .5rem 0; cursor: pointer }
button:focus, select:focus { outline: 3px solid #fd0; outline-offset: 0 }
.note { border-left: 10px solid #b1b4b6; padding: .5rem 1rem }
"""


def _frame(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/style.css"></head>'
        f"<body><header>NPP training platform: local sign-in</header>"
        f"<main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


def choose(request: Mapping[str, str], application: str) -> str:
    """The page that carries the authorization request along with the choice."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in request.items()
    )
    people = identities().values()
    buttons = "".join(
        f'<button name="identity" value="{escape(one.subject)}">{escape(one.title)}</button>'
        for one in people
        if one.force_id == NATIONAL
    )
    options = "".join(
        f'<option value="{escape(one.subject)}">{escape(one.title)}</option>'
        for one in people
        if one.force_id != NATIONAL
    )
    note = "Nobody here is real. Outside of this local stack your force's own sign-in stands here."
    form = '<form method="post" action="/authorize">'
    return _frame(
        f"Who are you, for {application}?",
        f'<p class="note">{escape(note)}</p>'
        f"{form}{hidden}<fieldset><legend>National</legend>{buttons}</fieldset></form>"
        f'{form}{hidden}<fieldset><label for="identity">In a force</label>'
        f'<select id="identity" name="identity">{options}</select>'
        f"<button>Continue</button></fieldset></form>",
    )


def refused(reason: str) -> str:
    return _frame("This sign-in request can't be used", f"<p>{escape(reason)}</p>")
