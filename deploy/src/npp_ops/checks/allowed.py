"""An import-linter contract: these modules import nothing but the standard library and a list."""

import sys
from typing import cast

import grimp
from importlinter import Contract, ContractCheck, fields, output


def names(parsed: object) -> list[str]:
    """A list field holds its parsed value at run time; its declared type is the field's."""
    return cast("list[str]", parsed)


class AllowedContract(Contract):
    """The `forbidden` contract turned round: what is not named is refused, installed or not."""

    type_name = "allowed"

    source_modules = fields.ListField(subfield=fields.StringField())
    allowed_modules = fields.ListField(subfield=fields.StringField(), required=False, default=[])
    broken_contract_guidance = fields.TextField(required=False)

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:
        """Collect the direct imports that leave the list."""
        strays = [
            f"{importer} imports {imported}"
            for source in names(self.source_modules)
            if source in graph.modules
            for importer in sorted({source, *graph.find_descendants(source)})
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if not self._may_import(source, imported)
        ]
        return ContractCheck(kept=not strays, metadata={"strays": strays})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print one line per stray import."""
        for stray in check.metadata["strays"]:
            output.print_error(f"- {stray}", bold=False)

    def _may_import(self, source: str, imported: str) -> bool:
        if imported.split(".", maxsplit=1)[0] in sys.stdlib_module_names:
            return True
        return any(
            imported == allowed or imported.startswith(f"{allowed}.")
            for allowed in (source, *names(self.allowed_modules))
        )
