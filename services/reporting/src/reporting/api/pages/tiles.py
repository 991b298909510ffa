"""The map: a tile for each force, about where it lies; our own arrangement, true to no boundary."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

STEPS: Final = (5, 10, 20, 40, 60)
"""From which percentage on a tile is a shade darker."""
# Rows from north to south; each force by the three letters on its tile.
_PLACES: Final = """
. . . . . northumbria:NBR . .
. . . . cumbria:CUM durham:DUR cleveland:CLE .
. . . . lancashire:LAN north-yorkshire:NYK humberside:HUM .
. . . merseyside:MER greater-manchester:GMP west-yorkshire:WYK south-yorkshire:SYK .
. . north-wales:NWL cheshire:CHE staffordshire:STA derbyshire:DER nottinghamshire:NOT lincolnshire:LIN
. dyfed-powys:DYP west-mercia:WMC west-midlands:WMD leicestershire:LEI northamptonshire:NHP cambridgeshire:CAM norfolk:NOR
south-wales:SWL gwent:GWE gloucestershire:GLO warwickshire:WAR thames-valley:THV bedfordshire:BED hertfordshire:HER suffolk:SUF
. . avon-and-somerset:AVS wiltshire:WIL surrey:SUR metropolitan:MET city-of-london:CTY essex:ESX
. devon-and-cornwall:DVC dorset:DOR hampshire:HAM sussex:SUS . kent:KEN .
"""  # noqa: E501  a row of the map is a line
PLACES: Final = {
    force_id: (letters, column, row)
    for row, line in enumerate(_PLACES.split("\n")[1:-1])
    for column, each in enumerate(line.split())
    if each != "."
    for force_id, letters in [each.split(":")]
}
"""By force its letters, column and row."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A force on the map. shade: 0 is not known or withheld, else how many steps it has passed."""

    row: dict[str, Any]
    letters: str
    x: int
    y: int

    @property
    def shade(self) -> int:
        percent = self.row["percent"]
        return 0 if percent is None else 1 + bisect_right(STEPS, percent)


def tiles(rows: Iterable[dict[str, Any]]) -> list[Tile]:
    """The rows that have a place, from north to south: the order in which the keyboard goes."""
    found = [Tile(row, *PLACES[row["force_id"]]) for row in rows if row["force_id"] in PLACES]
    return sorted(found, key=lambda tile: (tile.y, tile.x))
