"""Regular expressions of Java, as AWS takes them, written for RE2, which needs no time without bound for any of them.

Most of the syntax is the same. What Java has besides is put in RE2's words where RE2 can say it: POSIX and Java classes
(`\\p{Alpha}`), `\\h`, `\\R`, `\\u0041`, classes within classes. A possessive quantifier becomes a greedy one. What RE2
cannot say at all (look-around, back references, intersections of classes) makes an expression that does not compile.
"""

import re
from functools import lru_cache
from typing import Any

import re2

_TOKEN = re.compile(
    r"""(?P<escape>\\(?:Q(?P<quoted>.*?)(?:\\E|\Z)|(?P<case>[pP])\{(?P<name>\w+)\}|u(?P<code>[0-9a-fA-F]{4})|.))
      | (?P<possessive>(?:[*+?]|\{\d+(?:,\d*)?\})\+)
      | (?P<opening>\[\^?)
      | (?P<closing>\])
      | (?P<intersection>&&)
      | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_SPACE = r" \t\n\x0B\f\r"
_LINE_ENDS = r"\n\x0B\f\r\x{85}\x{2028}\x{2029}"
# What stands for these between brackets; Java's POSIX classes know ASCII only.
_CLASSES = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "ASCII": r"\x00-\x7F",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": r"!-/:-@\[-`{-~",
    "Graph": "!-~",
    "Print": " -~",
    "Blank": r" \t",
    "Cntrl": r"\x00-\x1F\x7F",
    "XDigit": "0-9a-fA-F",
    "Space": _SPACE,
    "IsAlphabetic": r"\pL\p{Nl}",
    "IsDigit": r"\p{Nd}",
    "IsLowercase": r"\p{Ll}",
    "IsUppercase": r"\p{Lu}",
    "IsPunctuation": r"\pP",
    "IsWhite_Space": rf"{_SPACE}\pZ",
    "javaLowerCase": r"\p{Ll}",
    "javaUpperCase": r"\p{Lu}",
}
_LETTERS = {
    "s": _SPACE,
    "v": _LINE_ENDS,
    "h": r" \t\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}",
}
_WHOLE = {r"\R": rf"(?:\r\n|[{_LINE_ENDS}])", r"\Z": r"(?:\r?\n)?\z", r"\e": r"\x1B"}


@lru_cache(maxsize=1024)
def compile_pattern(expression: str) -> Any:
    """Compile an expression of Java's; None where it is none, or one that RE2 cannot say."""
    options = re2.Options()
    options.log_errors = False
    translated = translate(expression)
    try:
        return None if translated is None else re2.compile(translated, options)
    except re2.error:
        return None


def translate(expression: str) -> str | None:
    """Write an expression of Java's for RE2; None where RE2 would read it as something else."""
    written: list[str] = []
    depth = 0
    for token in _TOKEN.finditer(expression):
        kind, piece = token.lastgroup, token[0]
        if kind == "escape":
            escaped = _escaped(token, in_class=depth > 0)
            if escaped is None:
                return None
            piece = escaped
        elif kind == "opening":
            if depth and piece == "[^":
                return None
            # A class within a class adds to it: its brackets fall away.
            piece = "" if depth else piece
            depth += 1
        elif kind == "closing" and depth:
            depth -= 1
            piece = "" if depth else piece
        elif kind == "intersection" and depth:
            return None
        elif kind == "possessive" and not depth:
            piece = piece[:-1]
        written.append(piece)
    return "".join(written)


def _escaped(token: re.Match[str], *, in_class: bool) -> str | None:
    text, name = token[0], token["name"]
    if token["quoted"] is not None:
        return re.escape(token["quoted"])
    if token["code"]:
        return rf"\x{{{token['code']}}}"
    if name and name not in _CLASSES:
        return rf"\{token['case']}{{{name.removeprefix('Is')}}}"
    if name:
        return _class(_CLASSES[name], negated=token["case"] == "P", in_class=in_class)
    if text[1:].lower() in _LETTERS:
        return _class(_LETTERS[text[1].lower()], negated=text[1].isupper(), in_class=in_class)
    return text if in_class else _WHOLE.get(text, text)


def _class(content: str, *, negated: bool, in_class: bool) -> str | None:
    if not in_class:
        return f"[{'^' if negated else ''}{content}]"
    if negated:
        # The only one that RE2 can add to a class; its \S takes \x0B for no space.
        return r"\S" if content == _SPACE else None
    return content
