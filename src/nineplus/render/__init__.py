"""How a Result looks: HTML, SVG, text, Markdown, CSV. One owner for page, report, terminal and notebook.

    result_html(result)   a whole answer: sentence, number, figures with table twins, warnings, origin
    table_html, figure_html, number_html   its parts, for pages that lay them out themselves
    stylesheet()          the style sheet that all of them need (the web bundle imports the same file)
    result_text, result_markdown, table_csv   the same answer elsewhere

Everything that comes out as `Html` is escaped and needs neither scripts nor inline styles.
"""

from nineplus.render.assets import stylesheet
from nineplus.render.csv import table_csv
from nineplus.render.html import figure_html, number_html, result_html, table_html
from nineplus.render.markdown import result_markdown
from nineplus.render.markup import Html, escape, join, tag
from nineplus.render.text import result_text

__all__ = [
    "Html",
    "escape",
    "figure_html",
    "join",
    "number_html",
    "result_html",
    "result_markdown",
    "result_text",
    "stylesheet",
    "table_csv",
    "table_html",
    "tag",
]
