"""Java's regular expressions, matched by RE2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core.sql.functions.patterns import compile_pattern, translate


@pytest.mark.parametrize(
    ("expression", "found", "missed"),
    [
        (r"^\p{Alpha}+$", "abC", "é"),
        (r"^\P{Alpha}+$", "12é", "a"),
        (r"^[\p{Lower}\d_]+$", "a1_", "A"),
        (r"^[\p{Punct}]+$", "[!]~", "a"),
        (r"^\p{IsAlphabetic}+$", "é", "1"),
        (r"^\p{IsLatin}$", "é", "я"),
        (r"^\P{L}$", "1", "é"),
        (r"^[\P{L}]$", "1", "é"),
        (r"^\p{javaUpperCase}$", "É", "é"),
        (r"^a\h+b$", "a \u00a0b", "a\nb"),
        (r"^\S\s\S$", "a\x0bb", "a b c"),
        (r"^a\v$", "a\u2028", "a "),
        (r"^\H\V$", "ab", "a\n"),
        (r"^a\R\R$", "a\r\n\n", "a\n"),
        (r"^a\Z", "a\n", "a\n\n"),
        (r"^\u0041\e$", "A\x1b", "u"),
        (r"^\Qa.b*\E+$", "a.b**", "axb"),
        (r"^\Q[a", "[a", "a"),
        (r"^a*+b?+c{1,2}+$", "aabcc", "aabccc"),
        (r"^\++$", "++", "a"),
        (r"^[*+]+$", "*+", "a"),
        (r"^[a[bc]d]+$", "abcd", "e"),
        (r"^[^a[b]]$", "c", "b"),
        (r"^a&&b]$", "a&&b]", "ab"),
        (r"^(?<name>a)$", "a", "b"),
        (r"^[\s\h]$", "\u3000", "a"),
        (r"^[\s\S]$", "\n", "ab"),
    ],
)
def test_what_java_finds_is_found(expression: str, found: str, missed: str) -> None:
    pattern = compile_pattern(expression)
    assert pattern.search(found) is not None
    assert pattern.search(missed) is None


@pytest.mark.parametrize(
    "expression",
    [
        "(",
        "[",
        "a(?=b)",
        r"(a)\1",
        "(?>a)",
        "[a-z&&[aeiou]]",
        "[a[^b]]",
        r"[\R]",
        r"[a\P{Alpha}]",
        r"[\H]",
        r"\p{Nowhere}",
        "\\",
    ],
)
def test_what_cannot_be_said_does_not_compile(expression: str) -> None:
    assert compile_pattern(expression) is None


@given(st.text("ab(|)*?.^$-", max_size=12))
def test_what_both_know_stays_as_it_is(expression: str) -> None:
    assert translate(expression) == expression


@given(st.text("ab[]^&\\pP{Alpha}QEuRhsS+*-", max_size=14))
def test_any_text_compiles_or_does_not(expression: str) -> None:
    pattern = compile_pattern(expression)
    assert pattern is None or isinstance(pattern.pattern, str)


@given(st.text(max_size=10))
def test_what_is_quoted_is_found_as_it_is(text: str) -> None:
    quoted = text.replace("\\", "").encode("utf-8", "ignore").decode()
    assert compile_pattern(rf"^\Q{quoted}\E$").search(quoted) is not None
