"""How a Result looks: HTML, SVG, text, Markdown. One owner for page, report and terminal."""
