"""What every page has around it: Share, with a link to the page as it is seen and its QR code, and what a link sets."""

from collections.abc import Sequence
from functools import partial
from io import BytesIO
from urllib.parse import urlsplit

import streamlit as st
from streamlit.navigation.page import Page

from dashboard import attending, state, teaching, words
from dashboard.asking.forms import place_of
from dashboard.components import presentation
from dashboard.components.presentation import TROUBLE
from dashboard.serving.hosts import LOOPBACK
from dashboard.words import _, escape_markdown

QR_WIDTH = 230
"""Pixels of the QR code; it has a larger view of its own."""

# The button stands in the page's head, at the right, where no page has anything of its own.
_PLACE = """<style>
.st-key-share { position: fixed; top: .55rem; right: 3.5rem; width: auto; flex-wrap: nowrap; z-index: 999991; }
@media (max-width: 640px) { .st-key-share-open button p { position: absolute; clip-path: inset(50%); } }
</style>"""


def begin() -> None:
    """Hide what a link hides before anything is drawn, and say over the page what a link asks for and there is not."""
    # For screen readers and fonts; one of the languages that there are, never what an address says.
    st.html(f"<script>document.documentElement.lang = '{words.spoken()}'</script>", unsafe_allow_javascript=True)
    if hidden := _hidden():
        st.html(f"<style>{hidden} {{ display: none !important }}</style>")
    with st.container(key=TROUBLE):
        for problem in [*teaching.unknown(), *attending.problems()]:
            text = _("Part of the link was not understood: {words}").format(words=escape_markdown(problem))
            st.warning(text, icon=":material/link_off:")


def frame(pages: Sequence[Page], page: Page) -> None:
    """Draw what every page has around it: the button to share, or the presentation of the page.

    Args:
        pages: all pages, in order.
        page: the one that is on screen.
    """
    with st.container(key="share", horizontal=True, gap="small"):
        if teaching.presented():
            _present(pages, page)
            return
        st.html(_PLACE)
        _languages()
        # What is under the button is drawn once it is open, and runs without the page.
        st.fragment(_button)()


def _hidden() -> str:
    """What is hidden, in CSS."""
    return ", ".join(place for name in teaching.hidden() if (place := teaching.PARTS[name].place))


def _present(pages: Sequence[Page], page: Page) -> None:
    # Without the list of pages there is this page alone.
    line = [page] if teaching.NAVIGATION in teaching.hidden() else list(pages)
    place = line.index(page)
    leave = partial(teaching.present, on=False)
    more = {"before": place > 0, "after": place < len(line) - 1}
    turn = presentation("presentation", page.url_path, _hidden(), leave, **more)
    if turn and 0 <= place + turn < len(line):
        st.switch_page(line[place + turn])


def _languages() -> None:
    """A button for each language that the page could be in and is not."""
    for name in words.languages():
        if name != words.spoken():
            own = words.NAMES.get(name, name)
            st.button(own, key=f"speak-{name}", type="tertiary", on_click=state.speak, args=(name,), help=own)


def _button() -> None:
    place = st.popover(_("Share"), icon=":material/share:", type="tertiary", key="share-open", on_change="rerun")
    if place.open:
        with place:
            _content()


def _content() -> None:
    hidden = st.pills(
        _("Hide"),
        list(teaching.PARTS),
        default=teaching.hidden(),
        selection_mode="multi",
        format_func=lambda name: _(teaching.PARTS[name].title),
        key="share-hide",
        help=_("In the link. Whoever has it can show them again: this keeps attention, not secrets."),
    )
    locked = st.toggle(_("Settings on Play cannot be changed"), teaching.locked(teaching.PANEL), key="share-lock")
    presented = st.toggle(_("Opens as a presentation"), teaching.presented(), key="share-present")
    changes = {
        teaching.HIDE: [",".join(name for name in teaching.PARTS if name in hidden)] if hidden else [],
        teaching.LOCK: [teaching.PANEL] if locked else [],
        teaching.VIEW: [teaching.PRESENT] if presented else [],
    }
    if len(languages := words.languages()) > 1:
        now = place_of(languages, st.query_params.get(state.LANGUAGE))
        language = st.selectbox(_("Language"), languages, now, placeholder=_("the reader's own"), key="share-language")
        changes[state.LANGUAGE] = [language] if language else []
    page = st.context.url or ""
    link = teaching.link(page, {name: st.query_params.get_all(name) for name in st.query_params}, changes)
    st.code(link, language=None, wrap_lines=True)
    if urlsplit(page).hostname in LOOPBACK:
        st.caption(_("This address leads to this machine alone: others need the one at which they reach it."))
    if (picture := qr_code(link)) is None:
        st.caption(_("The link is too long for a QR code."))
    else:
        st.image(picture, alt=link, width=QR_WIDTH)
    if st.button(_("Present now"), icon=":material/slideshow:", key="share-now", help=_("Arrow keys go on, Escape leaves.")):
        teaching.present(on=True)
        st.rerun()


def qr_code(text: str) -> str | None:
    """A text as a QR code, in SVG; None for one that is too long."""
    import segno  # used by those alone who share

    try:
        code = segno.make_qr(text, error="l")
    except segno.DataOverflowError:
        return None
    drawn = BytesIO()
    # Dark on light with its quiet zone, whatever the theme: cameras want it so.
    code.save(drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, dark="#000", light="#fff")
    return drawn.getvalue().decode()
