"""Readable text about a prompt, made without a model: what a demo shows where no rule says otherwise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strands_nb.agents._script import Request

__all__ = ("answer", "field", "words")

_STOP_WORDS = (
    "a about above after again all also an and any are as at based be because been before being below between both "
    "but by can could did do does each few for from further give given had has have here how i if in into is it its "
    "just last let make me more most must my no nor not now of on once only or other our out over own please same "
    "should so some such than that the their them then there these they this those through to too under until up use "
    "using very was we were what when where which while who why will with would you your write short brief one two "
    "three sentence sentences paragraph paragraphs words following create produce provide describe list explain "
    "summarise summarize analyse analyze review draft revise compare research answer text response step output json "
    "input topic task tasks name named user prompt result results detailed concise clear good new evaluate split "
    "outline plan propose improve feedback investigate gather study condense shorten combine merge critique "
    "assess judge "
    "question request text draft identify classify decide choose route tell find out rework fix following content "
    "provided based report professional expert role act think first second third agent agents team "
    # What our own sentences are made of: an answer is often the next prompt.
    "attention begin change clear comes conclusion deserve easy effect enough facts fact follow good notes once owner "
    "pays place points remaining reviewer says scope settled shows support taken things together underestimate "
    "whether work worked works"
)
_STOP = frozenset(_STOP_WORDS.split())
_WORD = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ0-9'-]{2,}")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*$", re.MULTILINE)
_ABOUT = re.compile(r"\b(?:about|on|of|for|regarding|into|topic:|subject:)\s+(.+)", re.IGNORECASE | re.DOTALL)
_SECOND_TASK = re.compile(r"\s+and\s+(?:list|write|give|name|explain|propose|suggest|return)\b", re.IGNORECASE)
_VERBS = (
    ("write", ("write ", "compose ")),
    ("revise", ("revise", "improve", "rework", "feedback", "fix the")),
    ("summarise", ("summar", "condense", "shorten", "tl;dr", "combine", "merge", "synthes")),
    ("review", ("review", "evaluate", "critique", "assess", "judge")),
    ("compare", ("compare", "versus", " vs ", "pros and cons", "trade-off")),
    ("plan", ("plan", "outline", "roadmap", "steps to", "decompose", "strategy")),
    ("research", ("research", "investigate", "find out", "gather", "analy", "study")),
)
_TITLE_WORDS = 8
_A_WORD = 3


def words(text: str) -> set[str]:
    """The words of a text that mean something, in lower case."""
    return {word.lower() for word in _WORD.findall(text)} - _STOP


def answer(request: Request) -> str:
    """A short Markdown answer to the prompt, always the same for the same prompt."""
    subject, terms = _subject(request.prompt), _terms(request.prompt)
    make = _BODIES.get(_kind(request.prompt), _written)
    found = "".join(f"\n\nThe tool reported: {result.strip()[:300]}" for result in request.results)
    return f"## {_title(subject, _kind(request.prompt))}\n\n{make(subject, terms)}{found}"


def field(request: Request, name: str, index: int = 0) -> str:
    """A value for a field of that name: a title, an id, a finding, a sentence."""
    subject, terms = _subject(request.prompt), _terms(request.prompt)
    name, term = name.lower(), terms[index % len(terms)]
    if name in ("id", "key", "slug") or name.endswith("_id"):
        return f"{name.removesuffix('_id') if name.endswith('_id') else 'item'}-{index + 1}"
    if name in ("name", "label", "topic", "subject", "title"):
        return _upper(subject if index == 0 else term)
    form = next((form for marks, form in _FIELDS if any(mark in name for mark in marks)), _SENTENCE)
    return form.format(subject=subject, Subject=_upper(subject), term=term, angle=_ANGLES[index % len(_ANGLES)])


_SENTENCE = "{Subject}: what matters most is {term}."
_FIELDS = (
    (("issue", "problem", "risk"), "The part on {term} stays general."),
    (("fix", "suggest", "recommend"), "Add one concrete example on {term}."),
    (("task", "step", "question", "description"), "{angle} {term}: {subject}"),
    (("reason", "rationale", "explan"), "The request is mainly about {term}."),
    (("agent",), "{term}"),
)
_ANGLES = ("Establish the facts on", "Examine the risks of", "Collect examples of", "Compare the options for")


def _kind(prompt: str) -> str:
    lines = [line.strip().lower() for line in prompt.splitlines() if line.strip()] or [""]
    # What is asked stands first or last; material that is quoted in between uses the same words.
    for line in (lines[-1], lines[0]):
        if kind := next((k for k, marks in _VERBS if line.startswith(tuple(m.strip() for m in marks))), None):
            return kind
    head = lines[0][:400]
    return next((kind for kind, marks in _VERBS if any(mark in head for mark in marks)), "write")


def _subject(prompt: str) -> str:
    """What it is about: a heading in the text, or what follows 'about', or the first sentence."""
    if (heading := _HEADING.search(prompt)) is not None:
        return _cleaned(heading[1].split(":")[-1])
    first = next((line.strip() for line in prompt.splitlines() if line.strip()), "the task")
    if first.endswith(":"):  # an instruction whose object follows
        first = next((ln.strip() for ln in prompt.splitlines()[1:] if ln.strip()), first)
    sentence = re.split(r"(?<=[.!?])\s", first)[0]
    instruction, colon, rest = first.partition(": ")
    if colon and rest.strip() and len(instruction.split()) <= _TITLE_WORDS:
        return _cleaned(re.split(r"(?<=[.!?])\s", rest)[0])
    if (about := _ABOUT.search(sentence)) is not None:
        sentence = about[1]
    return _cleaned(_SECOND_TASK.split(sentence)[0])


def _cleaned(text: str) -> str:
    text = re.sub(r"[*_`#\"{}\[\]<>]", "", text).strip(" .,:;!?-")
    pieces = text.split()[:_TITLE_WORDS]
    while len(pieces) > 1 and pieces[-1].lower() in _STOP:
        pieces.pop()
    short = " ".join(pieces).strip(" .,:;!?-")
    if not words(short):
        return short if len(short) > _A_WORD else "the task"
    return short[:1].lower() + short[1:] if short[1:2].islower() else short


def _terms(prompt: str) -> list[str]:
    """Three to six telling words, in the order they appear."""
    found = {word.lower(): word for word in reversed(_WORD.findall(prompt)) if word.lower() not in _STOP}
    unique = [_plain(word) for word in reversed(found.values())][:6]
    return unique + ["scope", "evidence", "next steps"][: max(0, 3 - len(unique))]


def _plain(word: str) -> str:
    """In lower case unless it is a name: a capital inside, or an abbreviation."""
    return word if any(char.isupper() for char in word[1:]) else word.lower()


def _title(subject: str, kind: str) -> str:
    lead = {"revise": "Revised: ", "summarise": "Summary: ", "review": "Review: ", "plan": "Plan: "}
    return f"{lead.get(kind, '')}{_upper(subject)}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _pick(terms: list[str], number: int) -> str:
    return terms[number % len(terms)]


def _written(subject: str, terms: list[str]) -> str:
    points = "\n".join(f"- **{_upper(term)}**: {_POINTS[i]}" for i, term in enumerate(terms[:3]))
    return (
        f"When it comes to {subject}, three things deserve attention.\n\n{points}\n\n"
        f"Taken together, {terms[0]} is the place to begin, and {_pick(terms, -1)} shows whether it worked."
    )


_POINTS = (
    "this is where most of the effect comes from, so it should be settled first.",
    "it is easy to underestimate, and it pays to give it a clear owner.",
    "it can follow once the first two are in place.",
)


def _summarised(subject: str, terms: list[str]) -> str:
    return (
        f"In short, {subject} comes down to **{terms[0]}** and **{_pick(terms, 1)}**. The remaining points, above all "
        f"{_pick(terms, 2)}, support these two and do not change the conclusion."
    )


def _reviewed(subject: str, terms: list[str]) -> str:
    return (
        f"The text on {subject} is clear and well ordered.\n\n"
        f"- **Strength**: {terms[0]} is explained in plain words.\n"
        f"- **Weakness**: {_pick(terms, 1)} stays general; a concrete example would help.\n"
        f"- **Suggestion**: say earlier why {_pick(terms, 2)} matters to the reader."
    )


def _compared(subject: str, terms: list[str]) -> str:
    a, b = terms[0], _pick(terms, 1)
    return (
        f"| Aspect | {_upper(a)} | {_upper(b)} |\n|---|---|---|\n"
        "| Effort | lower at the start | lower in the long run |\n"
        "| Risk | well understood | depends on the details |\n\n"
        f"For {subject}, {a} is the safer start and {b} the better end."
    )


def _planned(subject: str, terms: list[str]) -> str:
    return (
        f"1. **Clarify** what {subject} has to achieve, and how it will be measured.\n"
        f"2. **Prepare** {terms[0]}: collect what is known and name the gaps.\n"
        f"3. **Carry out** {_pick(terms, 1)} in small steps, each with a visible result.\n"
        f"4. **Check** {_pick(terms, 2)} against the goal, and adjust."
    )


def _researched(subject: str, terms: list[str]) -> str:
    return (
        f"Three findings on {subject} stand out.\n\n"
        f"1. **{_upper(terms[0])}** is the best documented part, and sources agree on it.\n"
        f"2. **{_upper(_pick(terms, 1))}** is growing in weight, although figures differ.\n"
        f"3. **{_upper(_pick(terms, 2))}** remains an open question.\n\n"
        f"Worth a closer look next: how {terms[0]} and {_pick(terms, 1)} influence each other."
    )


def _revised(subject: str, terms: list[str]) -> str:
    return (
        f"The feedback has been worked in. {_upper(subject)} now opens with {terms[0]}, gives a concrete example for "
        f"{_pick(terms, 1)}, and says plainly why {_pick(terms, 2)} matters.\n\n"
        "For instance, a small team that started with a single measurable goal saw within a month which of its "
        "assumptions held."
    )


_BODIES = {
    "revise": _revised,
    "summarise": _summarised,
    "review": _reviewed,
    "compare": _compared,
    "plan": _planned,
    "research": _researched,
}
