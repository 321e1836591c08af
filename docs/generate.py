"""Write the generated pages of docs/reference: settings, commands, API, analyses, languages, from the code.

python docs/generate.py           write them
python docs/generate.py --check   say which are out of date, and end with 1 when any is
"""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path

from api_reference import api_page

REFERENCE = Path(__file__).parent / "reference"


def settings_page() -> str:
    from nineplus.settings import Settings

    lines = [
        "# Settings",
        "",
        "Every setting is an environment variable, or a line in `settings.toml` in the home folder under its name",
        'in small letters without the prefix (`metrics = true`, `allowed_hosts = ["nps.lan"]`). The environment wins.',
        "",
        "| Variable | Default | Meaning |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = "your user data folder" if name == "home" else _default(field.get_default(call_default_factory=True))
        lines.append(f"| `NINEPLUS_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def _default(value: object) -> str:
    if value in ("", [], None):
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def cli_page() -> str:
    import typer.main

    from nineplus.cli import complete

    group = typer.main.get_command(complete())
    lines = [
        "# Commands",
        "",
        "Exit codes: 0 done, 1 could not be done (the message says why), 2 wrong usage, 130 interrupted.",
    ]
    for path, command in _commands(group, ("nineplus",)):
        lines += ["", f"## {' '.join(path)}", "", *_help(command)]
        options = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
        if options:
            lines += ["", "| | |", "|---|---|", *(_option(option) for option in options)]
    return "\n".join(lines) + "\n"


def _commands(command: object, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], object]]:
    children = getattr(command, "commands", {})
    if not children:
        return [(path, command)]
    return [found for name in sorted(children) for found in _commands(children[name], (*path, name))]


def _help(command: object) -> list[str]:
    """Its help, with the examples as a block."""
    text = re.sub(r"\[/?bold\]", "**", inspect.cleandoc(command.help or ""))
    before, *rest = re.split(r"\n\W*Examples\W*\n", text, maxsplit=1)
    examples = "".join(rest)
    lines = before.strip().splitlines()
    if examples.strip():
        shown = [line.strip() for line in examples.strip().splitlines() if line.strip()]
        lines += ["", "```", *shown, "```"]
    return lines


def _option(option: object) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts) if name)
    if option.param_type_name == "argument":
        names = f"`{(option.metavar or option.name or '').upper()}`"
    words = re.sub(r"\s+", " ", getattr(option, "help", "") or "").replace("|", "\\|")
    return f"| {names} | {words} |"


def analyses_page() -> str:
    from nineplus.plugs import Analysis, find

    lines = [
        "# Analyses",
        "",
        "Each is one question and one file in `src/nineplus/analyses/`. Every interface shows the same Result.",
    ]
    for slug, plug in sorted(find("nineplus.analyses", Analysis).items()):
        lines += ["", f"## {plug.title}", "", f"`nineplus analyze {slug}`", "", plug.help.strip()]
        if plug.needs:
            lines += ["", f"Needs: {', '.join(sorted(plug.needs))}."]
        if plug.options:
            lines += ["", "| Option | Default | Meaning |", "|---|---|---|"]
        for option in plug.options:
            default = "" if option.default is None else f"`{option.default}`"
            lines.append(f"| `{option.name}` | {'required' if option.required else default} | {option.help} |")
    return "\n".join(lines) + "\n"


def languages_page() -> str:
    from nineplus.languages import ALIASES, languages, question
    from nineplus.rules.sms import size_of

    known = {code.lower(): code for code in languages()}
    lines = [
        "# Languages",
        "",
        "Every text that a customer reads is there in each of these: the question, the page, its states, e-mail, text",
        "messages, kiosk. A survey may be offered in all or some, and may have its own words in any.",
        "A customer reads the language asked for in the link (`?lang=de`), else the contact's, else the browser's,",
        "else the survey's own: the first in which the survey is offered. A region that is not there reads its",
        "language (`de-AT` reads `de`).",
        "",
        f"{len(known)} languages. Parts: how many text messages the question takes, with two names of seven letters.",
        "",
        "| Code | Language | | Direction | Parts | The question |",
        "|---|---|---|---|---|---|",
    ]
    for code, language in languages().items():
        parts = size_of(language.say("sms", "question", company="Example", product="Example")).parts
        asked = question(language, product="Example")
        names = f"{language.name} | {language.english_name}"
        lines.append(f"| `{code}` | {names} | {language.direction} | {parts} | {asked} |")
    spelt = [f"`{alias}` is `{known[code]}`" for alias, code in sorted(ALIASES.items()) if alias != code]
    lines += ["", f"Other codes for the same: {', '.join(spelt)}."]
    return "\n".join(lines) + "\n"


PAGES = {
    "settings.md": settings_page,
    "cli.md": cli_page,
    "api.md": api_page,
    "analyses.md": analyses_page,
    "languages.md": languages_page,
}


def main() -> int:
    check = "--check" in sys.argv
    late = []
    for name, page in PAGES.items():
        path, text = REFERENCE / name, page()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            late.append(name)
            if not check:
                path.write_text(text, encoding="utf-8")
    if late and check:
        print("out of date, run `make docs`: " + ", ".join(late))  # noqa: T201
    return 1 if late and check else 0


if __name__ == "__main__":
    sys.exit(main())
