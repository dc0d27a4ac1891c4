"""Which delivery counts: the ledger replayed night by night.

Newer means received later. A newer workbook replaces its school's, a newer list its county's, a
correction the schools that it names. Two that differ in one night are both refused, and so is the
later of two forms that contradict each other; the last accepted stays in force.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Protocol

from extract.common.seeds import seed
from extract.common.text import label
from extract.definitions.forms import is_cumulative
from extract.landing.ledger import Event, content_key, withdrawn
from extract.landing.scan import misplaced
from extract.refusal import Finding

FileKey = tuple[str, int, str, str]  # source, year, county_code, file_sha256
SchoolOfFile = tuple[int, str, str, str]  # year, county_code, file_sha256, school_id


@dataclass(frozen=True)
class Content:
    """What settling needs to know of a file's content, from its reading."""

    form: str | None
    findings: tuple[Finding, ...]
    school_id: str | None
    county_code: str | None
    county_names: tuple[str, ...]


Contents = dict[tuple[str, int, str], Content]  # (source, year, file_sha256) → what the file says


class Comparison(Protocol):
    """Answers whether two contents say the same; implemented over the bronze cells."""

    def same_figures(self, source: str, one: str, other: str) -> bool:
        """Tell whether two files of a source hold the same values."""
        ...

    def difference(self, one: str, other: str, school_id: str) -> str | None:
        """Return the first measure both report differently for a school, or None."""
        ...

    def schools(self, file_sha256: str) -> set[str]:
        """Return the schools a list or correction names."""
        ...

    def corrected_files(self, file_sha256: str) -> dict[str, str]:
        """Return school → file that a correction's row corrects."""
        ...


@dataclass
class Outcome:
    """What became of one receipt."""

    event: Event
    status: str  # in_force, replaced, duplicate, withdrawn, refused
    findings: tuple[Finding, ...] = ()


@dataclass
class Settlement:
    """Every receipt's outcome, the schools of current files for which another delivery is used, and new counties."""

    outcomes: list[Outcome] = field(default_factory=list)
    # (year, county, file, school) → why another delivery is used for the school: replaced, or a text
    # that says which figure contradicts
    superseded_schools: dict[SchoolOfFile, str] = field(default_factory=dict)
    new_counties: dict[str, str] = field(default_factory=dict)


def settle(events: list[Event], contents: Contents, comparison: Comparison) -> Settlement:
    """Replay the ledger.

    Args:
        events: the ledger, in order.
        contents: (source, year, file_sha256) → what the file says.
        comparison: answers about the figures themselves, asked only where deliveries meet.
    """
    settlement = Settlement()
    counties = _Counties()
    standing = withdrawn(events)
    groups: dict[tuple[str, int, str], list[Event]] = defaultdict(list)
    for event in events:
        if event.event != "received":
            continue
        if content_key(event) in standing and event.seq < standing[content_key(event)].seq:
            settlement.outcomes.append(Outcome(event, "withdrawn"))
        elif finding := misplaced(event):
            settlement.outcomes.append(Outcome(event, "refused", (finding,)))
        else:
            content = contents[_content_key(event)]
            findings = content.findings or tuple(counties.check(event, content))
            if findings:
                settlement.outcomes.append(Outcome(event, "refused", tuple(findings)))
            else:
                groups[event.source, event.year, event.county_code].append(event)
    for (source, year, county), group in groups.items():
        replay: _Replay
        if source == "census":
            replay = _CensusReplay(year, county, contents, comparison)
        elif is_cumulative(source):
            replay = _CumulativeReplay()
        else:
            replay = _ListReplay(source, contents, comparison)
        settlement.outcomes += replay.run(group)
        settlement.superseded_schools |= replay.superseded_schools
    settlement.outcomes.sort(key=lambda o: o.event.seq)
    settlement.new_counties = counties.new
    return settlement


class _Counties:
    """Codes and names of counties: those of the seed, and new ones as their first file names them."""

    def __init__(self) -> None:
        self.names = {r["county_code"]: label(r["name_zh"]) for r in seed("counties")}
        self.codes = {name: code for code, name in reversed(self.names.items())}  # the first of each name
        self.new: dict[str, str] = {}

    def check(self, event: Event, content: Content) -> list[Finding]:
        if event.source != "census":
            return []
        if content.county_code and content.county_code != event.county_code:
            return [Finding("wrong_county", found=content.county_code, expected=event.county_code)]
        names = sorted({label(name) for name in content.county_names})
        known = self.names.get(event.county_code)
        if len(names) > 1:
            return [
                Finding(
                    "wrong_county", found="、".join(names[:4]), expected=f"{event.county_code} {known or ''}".strip()
                )
            ]
        if names in ([], [known]):
            return []
        code_of_name = self.codes.get(names[0])
        if known is None and code_of_name is None:
            self.names[event.county_code] = self.new[event.county_code] = names[0]
            self.codes[names[0]] = event.county_code
            return []
        expected = " ".join(filter(None, [event.county_code if known else code_of_name, known or names[0]]))
        return [Finding("county_name_conflict", found=f"{event.county_code} {names[0]}", expected=expected)]


class _Replay(Protocol):
    """The deliveries of one source, year and county, replayed night by night."""

    superseded_schools: dict[SchoolOfFile, str]

    def run(self, events: list[Event]) -> list[Outcome]: ...


class _CumulativeReplay:
    """Sources whose rows are picked by their own keys: every accepted content is in force."""

    def __init__(self) -> None:
        self.superseded_schools: dict[SchoolOfFile, str] = {}

    def run(self, events: list[Event]) -> list[Outcome]:
        seen: set[str] = set()
        outcomes = []
        for event in events:
            outcomes.append(Outcome(event, "duplicate" if event.file_sha256 in seen else "in_force"))
            seen.add(event.file_sha256)
        return outcomes


class _ListReplay:
    """One county's files of one source and year: one in force per form, the newest."""

    def __init__(self, source: str, contents: Contents, comparison: Comparison):
        self.source, self.contents, self.comparison = source, contents, comparison
        self.superseded_schools: dict[SchoolOfFile, str] = {}

    def run(self, events: list[Event]) -> list[Outcome]:
        statuses: dict[int, str] = {}
        findings: dict[int, tuple[Finding, ...]] = {}
        accepted: set[str] = set()
        current: dict[str | None, Event] = {}
        nights: dict[tuple[int, str | None], list[Event]] = defaultdict(list)
        for event in events:
            nights[event.batch, self.contents[_content_key(event)].form].append(event)
        for (_, form), night in nights.items():
            fresh = {e.file_sha256: e for e in reversed(night) if e.file_sha256 not in accepted}
            statuses |= {e.seq: "duplicate" for e in night}
            if not fresh:
                continue
            first, *others = sorted(fresh.values(), key=lambda e: e.seq)
            same = self.comparison.same_figures
            if not all(same(self.source, first.file_sha256, e.file_sha256) for e in others):
                for event in fresh.values():
                    statuses[event.seq] = "refused"
                    names = "、".join(e.path for e in fresh.values() if e is not event)
                    findings[event.seq] = (Finding("conflicting_deliveries", found=names),)
            else:
                accepted |= {*fresh}
                if form in current:
                    statuses[current[form].seq] = "replaced"
                current[form], statuses[first.seq] = first, "in_force"
        return [Outcome(e, statuses[e.seq], findings.get(e.seq, ())) for e in events]


class _CensusReplay:
    """One county's census of one year: workbooks by school, one list, corrections by school."""

    def __init__(self, year: int, county: str, contents: Contents, comparison: Comparison):
        self.year, self.county = year, county
        self.contents, self.comparison = contents, comparison
        self.superseded_schools: dict[SchoolOfFile, str] = {}
        self.accepted: set[str] = set()
        self.list: str | None = None
        self.workbooks: dict[str, str] = {}
        self.corrections: dict[tuple[str, str], str] = {}  # (family, school) → file
        self.findings: dict[int, tuple[Finding, ...]] = {}
        self.duplicates: set[int] = set()

    def run(self, events: list[Event]) -> list[Outcome]:
        nights: dict[int, list[Event]] = defaultdict(list)
        for event in events:
            nights[event.batch].append(event)
        for night in nights.values():
            self._night(night)
        corrected = {school for _, school in self.corrections}
        in_force = {sha for school, sha in self.workbooks.items() if school not in corrected}
        in_force |= {*self.corrections.values(), *([self.list] if self.list else [])}
        self._supersede_replaced()
        return [Outcome(e, self._status(e, in_force), self.findings.get(e.seq, ())) for e in events]

    def _status(self, event: Event, in_force: set[str]) -> str:
        if event.seq in self.findings:
            return "refused"
        if event.seq in self.duplicates:
            return "duplicate"
        return "in_force" if event.file_sha256 in in_force else "replaced"

    def _night(self, night: list[Event]) -> None:
        fresh: list[Event] = []
        for event in night:
            if event.file_sha256 in self.accepted or any(e.file_sha256 == event.file_sha256 for e in fresh):
                self.duplicates.add(event.seq)
            else:
                fresh.append(event)
        by_subject: dict[tuple[Any, ...], list[Event]] = defaultdict(list)
        for event in fresh:
            content = self._content(event)
            subject = (content.form, content.school_id) if content.form == "census_workbook" else (content.form,)
            by_subject[subject].append(event)
        kept = [event for subject, rivals in by_subject.items() for event in self._without_conflict(subject[0], rivals)]
        workbooks = {
            school: event
            for event in kept
            if self._content(event).form == "census_workbook" and (school := self._content(event).school_id)
        }
        lists = [e for e in kept if self._content(e).form == "census_list"]
        # Accepted before this night, so a contradiction inside the night refuses both sides.
        earlier_list, earlier_workbooks = self.list, dict(self.workbooks)
        for school, event in workbooks.items():
            rivals = [earlier_list, *(e.file_sha256 for e in lists)]
            clash = next(filter(None, (self._clash(r, event.file_sha256, school) for r in rivals if r)), None)
            if clash:
                self.findings[event.seq] = (clash,)
        for event in lists:
            self._take_list(event, earlier_workbooks, {s: e.file_sha256 for s, e in workbooks.items()})
        for school, event in workbooks.items():
            if event.seq not in self.findings:
                self.workbooks[school] = event.file_sha256
                self.corrections.pop(("census_workbook", school), None)
                self.accepted.add(event.file_sha256)
        for event in kept:
            if self._content(event).form == "census_correction":
                self._take_correction(event)

    def _without_conflict(self, form: str, rivals: list[Event]) -> list[Event]:
        """Return the deliveries for one subject that may count: one, none if they differ."""
        if form == "census_correction" or len(rivals) == 1:
            return rivals
        first, *others = rivals
        if all(self.comparison.same_figures("census", first.file_sha256, e.file_sha256) for e in others):
            self.duplicates |= {e.seq for e in others}
            return [first]
        for event in rivals:
            names = "、".join(e.path for e in rivals if e is not event)
            self.findings[event.seq] = (Finding("conflicting_deliveries", found=names),)
        return []

    def _clash(self, list_sha: str, workbook_sha: str, school: str) -> Finding | None:
        if school not in self.comparison.schools(list_sha):
            return None
        difference = self.comparison.difference(workbook_sha, list_sha, school)
        return Finding("contradicts_other_form", found=difference, expected=list_sha[:12]) if difference else None

    def _take_list(self, event: Event, earlier: dict[str, str], tonight: dict[str, str]) -> None:
        with_workbook = {*earlier, *tonight}
        for school in self.comparison.schools(event.file_sha256) & with_workbook if with_workbook else ():
            rivals = [sha for sha in (earlier.get(school), tonight.get(school)) if sha]
            for sha in rivals:
                if difference := self.comparison.difference(event.file_sha256, sha, school):
                    self.superseded_schools[self.year, self.county, event.file_sha256, school] = difference
        self.list = event.file_sha256
        self.corrections = {k: v for k, v in self.corrections.items() if k[0] != "census_list"}
        self.accepted.add(event.file_sha256)

    def _take_correction(self, event: Event) -> None:
        for school, corrected in self.comparison.corrected_files(event.file_sha256).items():
            family = next((c.form for k, c in self.contents.items() if k[2].startswith(corrected)), None)
            if family not in ("census_workbook", "census_list"):  # it corrects a correction
                family = next((f for f, s in self.corrections if s == school), "census_list")
            self.corrections[family, school] = event.file_sha256
        self.accepted.add(event.file_sha256)

    def _supersede_replaced(self) -> None:
        """Do not take a school from the list as well as from a workbook or a correction."""
        for (family, school), sha in self.corrections.items():
            base = self.workbooks.get(school) if family == "census_workbook" else self.list
            for file in filter(None, {base, self.list, self.workbooks.get(school)}):
                self.superseded_schools.setdefault((self.year, self.county, file, school), "replaced")
            self._supersede_in_corrections(school, sha)
        if self.list:
            self._forget_settled_contradictions()
            corrected = {school for _, school in self.corrections}
            for school in (
                self.comparison.schools(self.list) & ({*self.workbooks} - corrected) if self.workbooks else ()
            ):
                self.superseded_schools.setdefault((self.year, self.county, self.list, school), "replaced")

    def _forget_settled_contradictions(self) -> None:
        """A contradiction with a workbook that was itself replaced by one that agrees is settled."""
        for key in [k for k, reason in self.superseded_schools.items() if k[2] == self.list and reason != "replaced"]:
            _, _, listed, school = key
            workbook = self.workbooks.get(school)
            if workbook and not self.comparison.difference(listed, workbook, school):
                self.superseded_schools[key] = "replaced"

    def _supersede_in_corrections(self, school: str, current: str) -> None:
        for sha in {*self.corrections.values()} - {current}:
            if school in self.comparison.schools(sha):
                self.superseded_schools.setdefault((self.year, self.county, sha, school), "replaced")

    def _content(self, event: Event) -> Content:
        return self.contents[_content_key(event)]


def _content_key(event: Event) -> tuple[str, int, str]:
    return event.source, event.year, event.file_sha256
