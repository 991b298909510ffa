"""npp token."""

import json
from typing import Annotated

import typer

from npp_ops.forces import tenant_ids
from npp_ops.issuer.identities import NATIONAL, ROLES
from npp_ops.issuer.tokens import HOUR, force_for
from npp_ops.progress import ERRORS
from npp_ops.stack import ISSUER, Stack


def register(app: typer.Typer) -> None:
    app.command()(token)


def token(
    role: Annotated[list[str], typer.Option(help=f"one or more of: {', '.join(ROLES)}")],
    force: Annotated[
        str | None, typer.Option(help="a force's id; national roles need none")
    ] = None,
    subject: Annotated[str | None, typer.Option(help="whose token; a learner's id, say")] = None,
    ttl: Annotated[int, typer.Option(help="seconds until it expires")] = HOUR,
    as_json: Annotated[bool, typer.Option("--json", help="print data for programs")] = False,
) -> None:
    """Mint a token with the stack's own issuer's key."""
    stack = Stack.here()
    if ISSUER not in stack.state.ports:
        ERRORS.print("This stack has never been up: npp up")
        raise typer.Exit(1)
    force_id = force_for(role, force)
    if force_id not in {NATIONAL, *tenant_ids()}:
        ERRORS.print(f"{force_id} is no force of this demo; its token is minted all the same")
    who = subject or f"npp-{'-'.join(sorted(role))}-{force_id}"
    minted = stack.minter.access_token(who, role, force_id, ttl=ttl)
    if as_json:
        claims = {"subject": who, "roles": sorted(role), "force_id": force_id, "expires_in": ttl}
        typer.echo(json.dumps({"token": minted, **claims}))
    else:
        typer.echo(minted)
