"""The tokens of a text, read one after another: what stands here, what is taken, and what was expected instead."""

from typing import NoReturn

from iot.core import errors
from iot.core.sql.lexer import Kind, Token, parse_error, tokenize


class Cursor:
    """A place among the tokens of a text. What it refuses is a SqlParseException with that place."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokenize(text)
        self._index = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._index]

    def following(self, count: int = 1) -> Token:
        """Answer the token so many places on, or the last one."""
        return self._tokens[min(self._index + count, len(self._tokens) - 1)]

    def next(self) -> Token:
        """Answer the token here and go on; the last one stays."""
        token = self.token
        self._index += token.kind is not Kind.END
        return token

    def at(self, symbol: str) -> bool:
        return self.token.kind is Kind.SYMBOL and self.token.value == symbol

    def take(self, symbol: str) -> bool:
        """Pass a symbol; say whether it stood here."""
        found = self.at(symbol)
        self._index += found
        return found

    def take_keyword(self, keyword: str) -> bool:
        """Pass a keyword; say whether it stood here."""
        found = self.token.keyword == keyword
        self._index += found
        return found

    def expect(self, symbol: str) -> None:
        if not self.take(symbol):
            self.fail(f"'{symbol}'")

    def expect_keyword(self, keyword: str) -> None:
        if not self.take_keyword(keyword):
            self.fail(keyword)

    def fail(self, expected: str) -> NoReturn:
        """Refuse the token here: something else was expected."""
        token = self.token
        found = "the end of the statement" if token.kind is Kind.END else f"'{token.value}'"
        raise self.error(token.position, f"Expected {expected}, found {found}")

    def error(self, position: int, message: str) -> errors.SqlParseException:
        return parse_error(self._text, position, message)
