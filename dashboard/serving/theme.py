"""How the pages look, light and dark: Streamlit's theme options, with one accent colour."""

ACCENT = {"light": "#3b5bdb", "dark": "#4d69e6"}
"""The accent of each theme; both carry white text at a contrast of 4.5:1 or better. Tasks never have this colour."""

STYLE = f"""<style>
body [data-testid="stCaptionContainer"] {{ opacity: .75 }}
.stApp button[data-selected="true"] p {{ color: light-dark({ACCENT["light"]}, #a9b9ff) }}
</style>"""
"""Two things for which there is no option. Captions are as faint as 4.15:1 otherwise; and no accent carries white text and is
readable as text on the dark ground as well, as that of what is chosen of several is."""

_SHARED: dict[str, object] = {
    "baseRadius": "8px",
    "linkUnderline": False,
    "headingFontSizes": ["1.9rem", "1.45rem", "1.15rem", "1rem", "0.95rem", "0.9rem"],
    "headingFontWeights": [650, 600, 600, 600, 600, 600],
    "metricValueFontSize": "1.5rem",
    "paddingTop": "1rem",
    "paddingBottom": "3rem",
}

_COLOURS: dict[str, dict[str, object]] = {
    "light": {
        "primaryColor": ACCENT["light"],
        "backgroundColor": "#ffffff",
        "secondaryBackgroundColor": "#f5f7fa",
        "textColor": "#1c2733",
        "borderColor": "#dde3ea",
        "linkColor": ACCENT["light"],
        "codeBackgroundColor": "#f5f7fa",
        "codeTextColor": "#1c2733",
        "redTextColor": "#a32640",
        "redBackgroundColor": "#fbe9ed",
        "greenTextColor": "#00664d",
        "greenBackgroundColor": "#e3f5ef",
        "grayTextColor": "#4f5661",
        "grayBackgroundColor": "#eef0f3",
    },
    "dark": {
        "primaryColor": ACCENT["dark"],
        "backgroundColor": "#12171e",
        "secondaryBackgroundColor": "#1b222c",
        "textColor": "#e6eaf0",
        "borderColor": "#313b48",
        "linkColor": "#8ea4ff",
        "codeBackgroundColor": "#1b222c",
        "codeTextColor": "#e6eaf0",
        "redTextColor": "#ff8fa3",
        "redBackgroundColor": "#3a1c24",
        "greenTextColor": "#4fd1a8",
        "greenBackgroundColor": "#12342b",
        "grayTextColor": "#b6bdc9",
        "grayBackgroundColor": "#262e39",
    },
}


def options() -> dict[str, object]:
    """The theme as dotted Streamlit options."""
    shared = {f"theme.{name}": value for name, value in _SHARED.items()}
    colours = {f"theme.{mode}.{name}": value for mode, choices in _COLOURS.items() for name, value in choices.items()}
    return shared | colours
