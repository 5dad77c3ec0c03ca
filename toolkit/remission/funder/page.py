"""The page of a release: absolute numbers first, follow-up beside every outcome, strengths and limits alike."""

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from remission.funder.bundle import Release
from remission.funder.figures import Curve, curve_of, days_more, of_hundred
from remission.funder.looks import all_words, icon_array, rendered


@dataclass(frozen=True)
class _Shown:
    """A table of the page; the first ``names`` columns say what a row is."""

    title: str
    heads: list[str]
    rows: list[list[str]]
    names: int


@dataclass(frozen=True)
class _Card:
    label: str
    icons: Markup | str
    finding: str
    beside: list[str]


def release_page(release: Release, language: str) -> str:
    """Write the page of a release in a language."""
    return rendered("release.html", language, str(release.number), **_Page(release, language).values())


class _Page:
    def __init__(self, release: Release, language: str) -> None:
        self.release, self.language, self.say = release, language, all_words()[language]
        self.content = release.content
        self.by = release.dimension(self.content["by"])
        self.event = self.content["outcome"]["event"][language]
        self.day = self.content["outcome"]["headline"]
        self.curves = {group: curve_of(release, group) for group in self.by["leaves"]}
        self.waves = [each for each in self.content["dimensions"] if each["kind"] == "wave"]
        self.near = min(self.waves, key=lambda wave: abs(wave["months"] * 30.44 - self.day))

    def values(self) -> dict[str, Any]:
        content, say = self.content, self.say
        hidden = sum(cell["count"] is None for cell in content["cells"])
        return {
            "number": self.release.number,
            "title": content["title"][self.language],
            "prepared": say["prepared"].format(
                number=self.release.number, date=content["prepared"], origin=content["time_origin"][self.language]
            ),
            "headline": say["headline"].format(months=round(self.day / 30.44), day=self.day),
            "comparisons": self._comparisons(),
            "cards": [self._card(group) for group in self.by["leaves"]],
            "days": self._days() or [say["days_none"]],
            "time": self._time(),
            "followed": self._followed(),
            "retained": self._retained(),
            "strengths": [each[self.language] for each in content["strengths"]],
            "limits": [each[self.language] for each in content["limits"]],
            "protected": say["protected"].format(
                most=content["threshold"] - 1, hidden=hidden, cells=len(content["cells"])
            ),
            "definition": say["definition"].format(definition=content["outcome"]["definition"][self.language]),
            "models": [self._model(each) for each in content["models"]],
            "signed": say["signed"].format(names=", ".join(self.release.signed_by)),
        }

    def _label(self, dimension: dict[str, Any], value: str) -> str:
        label: str = dimension["labels"].get(value, {}).get(self.language, value)
        return self.say["unknown"] if label == "unknown" else label

    def _group(self, group: str) -> str:
        return self._label(self.by, group)

    def _count(self, count: int | None) -> str:
        return self.say["hidden"] if count is None else str(count)

    def _number(self, value: float) -> str:
        text = f"{value:.1f}"
        return text.replace(".", ",") if self.language == "es" else text

    def _free(self) -> dict[str, int]:
        """How many of 100 are free on the day that stands first, for each group that shows it, the most first."""
        points = {group: curve.at(self.day) for group, curve in self.curves.items() if curve}
        shares = {group: round(100 * point.free) for group, point in points.items() if point}
        return dict(sorted(shares.items(), key=lambda pair: -pair[1]))

    def _comparisons(self) -> list[str]:
        shares = list(self._free().items())
        lines = []
        for place, (group, number) in enumerate(shares[:1]):
            for other, second in shares[place + 1 :]:
                words = {"first": self._group(group), "other": self._group(other), "number": number}
                kind = "more" if number > second else "alike"
                lines.append(self.say[kind].format(**words, second=second, gap=number - second))
        return lines

    def _card(self, group: str) -> _Card:
        number, say = self._free().get(group), self.say
        size = self.release.count(**{self.content["by"]: group})
        beside = [say["people"].format(count=self._count(size)), self._interviewed(group)]
        if number is None:
            seen = self.release.count(**{self.content["by"]: group}, time=f"free_at_{self.day}")
            least = of_hundred(seen, size)
            told = say["seen_free"].format(number=least, event=self.event) if least is not None else say["not_shown"]
            return _Card(self._group(group), "", told, beside)
        curve = self.curves[group]
        point = curve.at(self.day) if curve else None
        if point:
            beside.insert(0, say["limits_of"].format(low=round(100 * point.low), high=round(100 * point.high)))
        picture = say["icon"].format(label=self._group(group), number=number, event=self.event)
        finding = say["free"].format(number=number, event=self.event)
        return _Card(self._group(group), icon_array(number, picture), finding, beside)

    def _interviewed(self, group: str) -> str:
        due, answered = self._due(self.near["name"], {self.content["by"]: group})
        number, months = of_hundred(answered, due), f"{self.near['months']:g}"
        if number is None:
            return self.say["followed_hidden"].format(months=months)
        return self.say["followed"].format(months=months, number=number)

    def _due(self, wave: str, who: dict[str, str]) -> tuple[int | None, int | None]:
        answered, missed = (self.release.count(**who, **{wave: value}) for value in ("answered", "missed"))
        return (None if answered is None or missed is None else answered + missed), answered

    def _days(self) -> list[str]:
        lines: list[str] = []
        groups = [group for group, curve in self.curves.items() if curve and curve.points]
        for place, first in enumerate(groups):
            for other in groups[place + 1 :]:
                line = self._days_between(first, other)
                if line and len(lines) < len(self.by["leaves"]):
                    lines.append(line)
        return lines

    def _days_between(self, first: str, other: str) -> str | None:
        one, two = self.curves[first], self.curves[other]
        if one is None or two is None:
            return None
        common = {point.day for point in one.points} & {point.day for point in two.points}
        found = days_more(one, two, max(common)) if common else None
        if found is None:
            return None
        if found.days < 0:
            return self._days_between(other, first)
        return self.say["days_more"].format(
            first=self._group(first),
            other=self._group(other),
            event=self.event,
            horizon=f"{max(common):g}",
            days=_whole(found.days),
            low=_whole(found.low),
            high=_whole(found.high),
        )

    def _time(self) -> _Shown:
        say = self.say
        heads = [say[name] for name in ("group", "day", "free_hundred", "interval", "events", "left", "still")]
        rows = []
        for group in [*self.by["leaves"], None]:
            who = {} if group is None else {self.content["by"]: group}
            curve = curve_of(self.release) if group is None else self.curves[group]
            for day in self.release.dimension("time")["days"]:
                counts = [
                    self.release.count(**who, time=f"{name}_{day}") for name in ("event_by", "left_by", "free_at")
                ]
                label = say["everybody"] if group is None else self._group(group)
                rows.append([label, str(day), *self._share(curve, day), *(self._count(count) for count in counts)])
        return _Shown(say["time_table"].format(event=self.event), heads, rows, 2)

    def _share(self, curve: Curve | None, day: int) -> list[str]:
        point = curve.at(day) if curve else None
        if point is None:
            return [self.say["hidden"]] * 2
        return [str(round(100 * point.free)), f"{round(100 * point.low)} – {round(100 * point.high)}"]

    def _followed(self) -> _Shown:
        say, days = self.say, self.content["abstinence_days"]
        heads = [say[name] for name in ("group", "wave", "due", "answered", "rate")]
        if days:
            heads += [say["abstinent"].format(days=days), say["used"], say["abstinent_rate"]]
        rows = []
        for group in [*self.by["leaves"], None]:
            who = {} if group is None else {self.content["by"]: group}
            label = say["everybody"] if group is None else self._group(group)
            for wave in self.waves:
                row = [label, say["months"].format(months=f"{wave['months']:g}"), *self._reached(wave["name"], who)]
                rows.append(row + (self._abstinent(wave["name"], who) if days else []))
        return _Shown(say["follow_table"], heads, rows, 2)

    def _reached(self, wave: str, who: dict[str, str]) -> list[str]:
        due, answered = self._due(wave, who)
        return [self._count(due), self._count(answered), self._count(of_hundred(answered, due))]

    def _abstinent(self, wave: str, who: dict[str, str]) -> list[str]:
        answered, free, used = (
            self.release.count(**who, **{wave: value}) for value in ("answered", "abstinent", "used")
        )
        return [self._count(free), self._count(used), self._count(of_hundred(free, answered))]

    def _retained(self) -> _Shown:
        say, wave = self.say, self.content["retained"]["wave"]
        months = f"{self.release.dimension(wave)['months']:g}"
        rows = []
        for name in self.content["retained"]["characteristics"]:
            dimension = self.release.dimension(name)
            for value in dimension["leaves"]:
                counts = [self.release.count(**{name: value, wave: kind}) for kind in ("answered", "missed", "not_due")]
                if counts != [0, 0, 0]:
                    label = f"{dimension['title'][self.language]}: {self._label(dimension, value)}"
                    due = None if counts[0] is None or counts[1] is None else counts[0] + counts[1]
                    rows.append([label, *(self._count(each) for each in (*counts[:2], of_hundred(counts[0], due)))])
        heads = ["", say["answered"], say["missed"], say["rate"]]
        return _Shown(say["retained_table"].format(months=months), [say["group"], *heads[1:]], rows, 1)

    def _model(self, told: dict[str, Any]) -> str:
        figures = {name: self._number(told[name]) for name in ("ratio", "low", "high")}
        return self.say["model"].format(
            group=self._group(told["group"]), against=self._group(told["against"]), **figures
        )


def _whole(days: float) -> str:
    return str(round(days)).replace("-", "−")
