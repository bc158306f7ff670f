"""One lesson: its question, the prediction in the picture, what came out with the prediction left on, and where to go on."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import state
from dashboard.components import groups
from dashboard.components.groups import checked
from dashboard.components.predict import Found, predict
from dashboard.figures.palette import task_style
from dashboard.learned import Learned, learned, put_learned
from dashboard.lessons import Answer, Bins, Evidence, Lesson, Marks, off_by
from dashboard.reading.lessons import Standing, another, evidence, fresh_seed, standing, train_again
from dashboard.reading.listing import study_title
from dashboard.reading.standing import progress_words
from dashboard.showing import classroom, results_page
from dashboard.showing.classroom import Room
from dashboard.showing.glossary import linked
from dashboard.words import _, escape_markdown, ngettext
from mtl_core.errors import SeesawError

INTERVAL = 1.0
"""Seconds between two looks at studies that train."""

MOST_SEEDS = 5
"""The most other seeds that a reader may ask a lesson for."""


def draw_lesson(lesson: Lesson) -> None:
    """Draw a lesson where the reader is in it."""
    st.subheader(_(lesson.title), anchor=False)
    st.markdown(_(lesson.story))
    st.markdown(f"**{_(lesson.question)}**")
    asked = lesson.predict()
    try:
        found = standing(lesson)
        room = classroom.enter(lesson.name, asked)
    except SeesawError as problem:
        st.error(
            _("This lesson cannot be given here: {problem}").format(problem=escape_markdown(problem)), icon=":material/error:"
        )
        st.button(_("Try again"), icon=":material/refresh:")
        return
    rows = asked.rows if isinstance(asked, Marks) else asked.items
    known = learned(lesson.name, len(rows))
    if room is not None and room.mine is not None and asked.check(known.said) is None:
        known.said = list(room.mine)
    if isinstance(asked, Marks):
        known.said = [part if part is None or part <= asked.steps else None for part in known.said]
    elif checked(known.said, len(rows)) is None:
        known.said = list(range(len(rows)))
    # In a class the teacher uncovers, for all.
    seen = known.seen and asked.check(known.said) is not None
    if (seen if room is None else room.uncovered) and found.ready:
        _uncovered(lesson, asked, known, found, room)
    else:
        _covered(lesson, asked, known, found, room)


def _covered(lesson: Lesson, asked: Marks | Bins, known: Learned, found: Standing, room: Room | None) -> None:
    if room is not None and room.is_teacher:
        classroom.lead(room, lesson, asked, None)
        return
    _picture(lesson, asked, known, None)
    whole = asked.check(known.said) is not None
    if isinstance(asked, Bins):
        words = _("At most {most} networks: there are {count}. Drag the tasks, or Tab and arrow keys.")
        st.caption(words.format(most=asked.most, count=len(set(known.said))))
    else:
        left = sum(part is None for part in known.said)
        words = ngettext(
            "Place {count} more mark: drag it, or Tab and arrow keys.",
            "Place {count} more marks: drag them, or Tab and arrow keys.",
            left,
        )
        st.caption(words.format(count=left) if left else _("All marks are placed. They can still be moved."))
    if room is not None:
        classroom.attend(room, lesson, asked, known)
        return
    st.fragment(_waiting, run_every=INTERVAL if found.active else None)(lesson, known, found.active, whole)


def _waiting(lesson: Lesson, known: Learned, active: bool, whole: bool) -> None:
    """The button that uncovers, and how far the studies are that it waits for."""
    found = standing(lesson)
    if found.active != active:
        st.rerun()
    if found.problem:
        words = _("What this lesson trains came to no end: {problem}")
        st.error(words.format(problem=escape_markdown(found.problem)), icon=":material/error:")
        st.button(_("Try again"), icon=":material/refresh:", on_click=train_again, args=(lesson,))
        return
    if not found.ready:
        first = next((reading.info for reading in found.readings if reading.active), None)
        words = _("The networks of this lesson are being trained while you think.")
        st.progress(found.progress, words if first is None else f"{words} {progress_words(first)}")
    pressed = st.button(
        _("Uncover what came out"),
        key=f"uncover-{lesson.name}",
        type="primary",
        icon=":material/visibility:",
        disabled=not (whole and found.ready),
        help=None if whole else _("First say what you expect."),
    )
    if pressed:
        known.seen = True
        put_learned(lesson.name, known)
        st.rerun()  # the whole page, not this part alone


def _uncovered(lesson: Lesson, asked: Marks | Bins, known: Learned, found: Standing, room: Room | None) -> None:
    try:
        with st.spinner(_("Reading what came out …"), show_time=False):
            shown = evidence(lesson, found)
            answer = lesson.answer(shown)
            others = _other_seeds(lesson, known)
            seeds = [lesson.answer(other) for other in others]
    except SeesawError as problem:
        st.error(_("What came out cannot be read: {problem}").format(problem=escape_markdown(problem)), icon=":material/error:")
        return
    if room is not None and room.is_teacher:
        classroom.lead(room, lesson, asked, answer)
    else:
        with st.container(key=f"plot-lesson-{lesson.name}"):
            if isinstance(asked, Marks):
                _picture(lesson, asked, known, _found(answer, seeds))
                _legend(answer, seeds)
            elif lesson.weigh is not None:
                said = asked.check(known.said)
                weighed = [lesson.weigh(shown, other, said) for other in (shown, *others)]
                _weighed(lesson, weighed[0], [answer for _scale, answer in weighed[1:]])
    _told(lesson, asked, known, shown, answer)
    with st.container(horizontal=True):
        if lesson.another_seed:
            _another_seed(lesson, known, seeds)
        if room is None:
            words, again = _("Predict again"), f"again-{lesson.name}"
            st.button(words, key=again, icon=":material/undo:", on_click=_again, args=(lesson.name, known))
    with st.container(border=True):
        st.markdown(f":material/lightbulb: {_(lesson.lesson)}")
        st.markdown(linked(lesson.terms))
    _further(lesson, found)


def _told(lesson: Lesson, asked: Marks | Bins, known: Learned, shown: Evidence, answer: Answer) -> None:
    said = asked.check(known.said)
    if said is not None:
        compared = (
            lesson.judge(shown, answer, said)
            if lesson.judge
            else off_by(asked, answer, said)
            if isinstance(asked, Marks)
            else ()
        )
        with st.container(key=f"decision-lesson-{lesson.name}"):
            st.markdown(" ".join([f"**{compared[0]}**", *compared[1:]]) if compared else "")
    for words in answer.told:
        st.markdown(words)
    for claim in answer.claims:
        if claim.holds:
            st.markdown(f":material/check: {claim.words}")
        else:
            words = _("This lesson says: “{claim}” It does **not** come out so in the numbers here.")
            st.warning(words.format(claim=claim.words), icon=":material/help:")


def _other_seeds(lesson: Lesson, known: Learned) -> list[Evidence]:
    """What each other seed gave that is trained by now."""
    found = [another(lesson, seed) for seed in known.seeds]
    return [evidence(lesson, each) for each in found if each.ready]


def _another_seed(lesson: Lesson, known: Learned, seeds: Sequence[Answer]) -> None:
    waiting = len(known.seeds) > len(seeds)

    def ask() -> None:
        known.seeds.append(fresh_seed(lesson, known.seeds))

    st.button(
        _("Another seed"),
        key=f"seed-{lesson.name}",
        icon=":material/casino:",
        disabled=waiting or len(known.seeds) >= MOST_SEEDS,
        on_click=ask,
        help=_("Trains the same once more from other first values and batches: a small ring each. Was it luck?"),
    )
    if waiting:
        st.fragment(_seed_comes, run_every=INTERVAL)(lesson, known.seeds[-1])


def _seed_comes(lesson: Lesson, seed: int) -> None:
    try:
        found = another(lesson, seed)
    except SeesawError as problem:
        st.error(escape_markdown(problem), icon=":material/error:")
        return
    if found.problem:
        st.error(escape_markdown(found.problem), icon=":material/error:")
    elif found.ready:
        st.rerun()
    else:
        st.caption(_("Seed {seed} is being trained …").format(seed=seed))


def _again(name: str, known: Learned) -> None:
    put_learned(name, Learned([None] * len(known.said), False, known.seeds))


def _picture(lesson: Lesson, asked: Marks | Bins, known: Learned, found: Found | None) -> None:
    """The prediction under the reader's hand, or beside what came out."""

    def moved(said: Sequence[int | None]) -> None:
        known.said = list(said)
        put_learned(lesson.name, known)

    key = f"predict-{lesson.name}"
    if isinstance(asked, Bins):
        colors = [task_style(place).color for place in range(len(asked.items))]
        groups(asked.items, colors, [part or 0 for part in known.said], key, moved)
        return
    colors = [task_style(0 if asked.upright else place).color for place in range(len(asked.rows))]
    _marks(_(lesson.question), asked, colors, known.said, key, moved, found)


def _weighed(lesson: Lesson, weighed: tuple[Marks, Answer], seeds: Sequence[Answer]) -> None:
    """What the reader's groups and others came to."""
    (scale, answer), count = weighed, len(weighed[0].rows)
    colors = [task_style(0).color] * count
    nothing: list[int | None] = [None] * count
    _marks(_(lesson.question), scale, colors, nothing, f"weighed-{lesson.name}", lambda _moved: None, _found(answer, seeds))
    _legend(answer, seeds, marked=False)


def _found(answer: Answer, seeds: Sequence[Answer]) -> Found:
    return Found(answer.values, answer.low, answer.high, [each.values for each in seeds], answer.beside)


def _marks(
    name: str,
    asked: Marks,
    colors: Sequence[str],
    said: Sequence[int | None],
    key: str,
    moved: Callable[[list[int | None]], None],
    found: Found | None,
) -> None:
    """Marks on their scale; with what came out they cannot be moved."""
    predict(
        name,
        asked.rows,
        colors,
        [asked.told(asked.value(step)) for step in range(asked.steps + 1)],
        [(step, asked.told(asked.value(step))) for step in asked.ticks()],
        said,
        key,
        moved,
        low=0.0 if asked.stops else asked.low,
        step=1.0 if asked.stops else asked.step,
        axis=asked.axis,
        across=asked.across,
        upright=asked.upright,
        locked=found is not None,
        found=found,
    )


def _legend(answer: Answer, seeds: Sequence[Answer], *, marked: bool = True) -> None:
    parts = [_("◇ your prediction")] if marked else []
    parts.append(_("● what came out"))
    if answer.low:
        parts.append(_("▬ its 95 % interval"))
    if seeds:
        parts.append(_("○ another seed"))
    if answer.beside:
        parts.append(f"□ {answer.beside_name}")
    st.caption("\u2003".join(parts))


def _further(lesson: Lesson, found: Standing) -> None:
    """The picture in full, and the free question with everything set."""
    name, parameters = lesson.page
    now = _("And now you:")
    page = results_page.VIEWS / f"{name}.py"
    if not found.readings:
        st.markdown(f"**{now}** {_(lesson.free)}")
        st.page_link(page, label=_("Open it with everything set"), icon=":material/play_circle:", query_params=parameters)
        return
    info = found.readings[0].info
    words = _("See {study} in full").format(study=study_title(info))
    st.page_link(
        page, label=escape_markdown(words), icon=":material/insights:", query_params={state.STUDY: info.id, **parameters}
    )
    st.markdown(f"**{now}** {_(lesson.free)}")
    if st.button(_("Open Play with everything set"), key=f"free-{lesson.name}", icon=":material/play_circle:"):
        state.select_study(info.id)
        st.switch_page(results_page.VIEWS / "play.py", query_params=state.offer_draft(**lesson.settings))
