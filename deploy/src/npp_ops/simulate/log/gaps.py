"""Data quality: what is missing or does not fit together, and what came back of files."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from npp_ops.simulate.ledger.quality import OF_FILES, OF_FORCES, ROSTER, ROWS
from npp_ops.simulate.ledger.shapes import ALL
from npp_ops.simulate.log.counted import Figure
from npp_ops.simulate.log.sight import Sight


def data_quality(sight: Sight, _nation: Sight) -> Figure:
    return _quality(sight, _gaps(sight), OF_FORCES)


def data_quality_with_files(sight: Sight, _nation: Sight) -> Figure:
    found = _gaps(sight)
    until = sight.standing.moment.until
    for of, files in sight.files.items():
        lately = [each for each in files if each.at >= until - ROWS]
        found[of, "rows-refused"] = sum(each.refused for each in lately)
        found[of, "rows-unmatched"] = sum(each.unmatched for each in lately)
    for of, number in sight.waiting.items():
        found[of, "statements-waiting"] = number
    for of in sight.listed():
        rosters = [each.at for each in sight.files.get(of, ()) if each.roster]
        found[of, "roster-late"] = int(not rosters or max(rosters) < until - ROSTER)
    return _quality(sight, found, (*OF_FORCES, *OF_FILES))


def _quality(sight: Sight, found: Counter[tuple[str, str]], checks: Iterable[str]) -> Figure:
    rows: list[Figure] = []
    for check in checks:
        rows += [
            {"force_id": of, "check": check, "found": found[of, check]} for of in sight.listed()
        ]
        whole = sum(number for (_, what), number in found.items() if what == check)
        rows.append({"force_id": ALL, "check": check, "found": whole})
    if sight.own is None:
        rows += [{"force_id": ALL, "check": c, "found": n} for c, n in _of_nation(sight).items()]
    return {"n": None, "rows": rows}


def _gaps(sight: Sight) -> Counter[tuple[str, str]]:
    found = Counter[tuple[str, str]]()
    enrolled = {each.learner_id for each in sight.enrolments.values() if each.enrolled_on}
    for who, each in sight.learners.items():
        found[each.force_id, "not-enrolled"] += who not in enrolled
        found[each.force_id, "role-unknown"] += each.worker_type is None
    marks: dict[tuple[str, str], set[str]] = defaultdict(set)
    for result in sight.results.values():
        said = result.said
        if said.valid:
            mine = marks[result.force_id, said.learner_id or ""]
            mine.update((said.occasion or "", f"{said.occasion} {said.outcome}"))
    for (of, _), said_of in marks.items():
        found[of, "final-without-baseline"] += "final" in said_of and "baseline" not in said_of
    signed = {(p.force_id, p.learner_id) for p in sight.portfolios.values() if p.state == "signed"}
    for of, who in signed:
        found[of, "signed-without-final"] += "final passed" not in marks.get((of, who), ())
    _registers(sight, found)
    for of in sight.listed():
        found[of, "workforce-missing"] += of not in sight.reports
    return found


def _registers(sight: Sight, found: Counter[tuple[str, str]]) -> None:
    booked, marked = set[str](), set[str]()
    for seat in sight.seats.values():
        if seat.state == "booked":
            booked.add(seat.session_id)
        if seat.register is not None:
            marked.add(seat.session_id)
    for session_id, each in sight.sessions.items():
        over = each.state == "scheduled" and each.ends_at < sight.standing.moment.until
        if over and sight.own in (None, each.force_id) and session_id in booked - marked:
            found[each.force_id, "register-missing"] += 1


def _of_nation(sight: Sight) -> dict[str, int]:
    known = {each.learner_id for each in sight.portfolios.values() if each.days}
    known |= {each.said.learner_id or "" for each in sight.results.values()}
    known |= {each.learner_id for each in sight.seats.values()}
    there = {each.session_id for each in sight.seats.values()}
    return {
        "unknown-people": len(known - sight.learners.keys()),
        "unknown-sessions": len(there - sight.sessions.keys()),
        "not-applied": 0,
    }
