"""The `npp` command: every module of npp_ops.commands adds its own."""

import sys
from importlib import import_module
from pkgutil import iter_modules

import typer

from chassis.errors import Refusal
from npp_ops import commands
from npp_ops.issuer.tokens import ForceMissing, UnknownRole
from npp_ops.officers import Declined
from npp_ops.operating import Outdated, Unreachable, print_json
from npp_ops.processes import ProcessDied
from npp_ops.progress import ERRORS
from npp_ops.up import MigrationFailed

# What can go wrong through no fault of this program; anything else keeps its traceback.
EXPECTED = (
    ProcessDied,
    MigrationFailed,
    TimeoutError,
    UnknownRole,
    ForceMissing,
    LookupError,
    Unreachable,
    Outdated,
    Declined,
)


def build() -> typer.Typer:
    """The application; a command group is a module with `register(app)`."""
    about = "The NPP training platform on this machine: start it, look at it, load it."
    app = typer.Typer(
        no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=about
    )
    for module in sorted(iter_modules(commands.__path__), key=lambda one: one.name):
        import_module(f"{commands.__name__}.{module.name}").register(app)
    return app


def main() -> None:
    try:
        build()()
    except Refusal as refusal:
        _tell(refusal)
        sys.exit(1)
    except EXPECTED as error:
        ERRORS.print(f"[red]npp:[/] {type(error).__name__}:", end=" ")
        ERRORS.print(str(error), markup=False, highlight=False)
        sys.exit(1)


def _tell(refusal: Refusal) -> None:
    """A refusal as people read it, or with --json as programs do."""
    if "--json" in sys.argv:
        about = {"refused": refusal.code, "title": refusal.title, "detail": refusal.detail}
        print_json({**about, "field": refusal.field, **refusal.facts})
    else:
        ERRORS.print(f"[red]npp:[/] {type(refusal).__name__}: {refusal.title}", highlight=False)
        ERRORS.print(refusal.detail, markup=False, highlight=False)
