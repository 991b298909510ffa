"""The `npp` command: every module of npp_ops.commands adds its own."""

import sys
from importlib import import_module
from pkgutil import iter_modules

import typer

from npp_ops import commands
from npp_ops.issuer.tokens import ForceMissing, UnknownRole
from npp_ops.processes import ProcessDied
from npp_ops.progress import ERRORS
from npp_ops.up import MigrationFailed

# What can go wrong through no fault of this program; anything else keeps its traceback.
EXPECTED = (ProcessDied, MigrationFailed, TimeoutError, UnknownRole, ForceMissing, LookupError)


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
    except EXPECTED as error:
        ERRORS.print(f"[red]npp:[/] {type(error).__name__}:", end=" ")
        ERRORS.print(str(error), markup=False, highlight=False)
        sys.exit(1)
