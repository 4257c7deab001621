"""A person at the console in Chromium: logs in, opens pages, and sees whether a page is as every page must be."""

from importlib.resources import files
from typing import Any

from playwright.sync_api import Page, Request

from tests.stack import Stack

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
LEVELS: dict[str, Any] = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],  # of what passes, all details would take longer than the checks
}
CONTRAST: dict[str, Any] = {
    "runOnly": {"type": "rule", "values": ["color-contrast"]},
    "resultTypes": ["violations"],
}
# Every rule at both widths; of what a theme changes, axe judges the contrast alone.
FORMS = (("light", 1280, LEVELS), ("dark", 1280, CONTRAST), ("dark", 320, LEVELS), ("light", 320, CONTRAST))
HEIGHT = 860
_RUN = """async options => (await axe.run(document, options)).violations.map(
  (one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(" | ")}`)"""
_WATCH = """() => {
  window.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
  });
}"""
_THEME = """theme => {
  document.documentElement.dataset.theme = theme;
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
_WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"


class BrowserConsole:
    """A page of a browser on a running installation; `faults` collects what must not happen."""

    def __init__(self, page: Page, stack: Stack) -> None:
        self.page = page
        self.stack = stack
        self.faults: list[str] = []
        page.add_init_script(f"({_WATCH})()")
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("request", self._request)

    def log_in(self, name: str, password: str, base: str = "") -> None:
        base = base or self.stack.http
        self.page.goto(f"{base}/login/")
        self.page.fill("[name=username]", name)
        self.page.fill("[name=password]", password)
        self.page.click("form button.primary")
        self.page.wait_for_url(f"{base}/")

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.stack.http}{path}")
        return self.page

    def audit(self) -> None:
        """Demand what every page must show, in both themes, wide and narrow.

        It is accessible, asks nothing from elsewhere, has no error, breaks no policy and does not scroll sideways.
        """
        told = self.look()
        assert not told, "\n".join(told)

    def look(self) -> list[str]:
        """Answer what is wrong with the page as it is open; afterwards it is wide and light again."""
        self.page.evaluate(AXE)
        told = []
        for theme, width, options in FORMS:
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            self.page.evaluate(_THEME, theme)
            told += [f"{theme} {width}: {one}" for one in self.page.evaluate(_RUN, options)]
            scroll, client = self.page.evaluate(_WIDTHS)
            if scroll > client:
                told.append(f"{theme} {width}: the page is {scroll} wide")
        self.page.set_viewport_size({"width": 1280, "height": HEIGHT})
        return told + self.faults + list(self.page.evaluate("window.violations"))

    def _console(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.faults.append(f"{kind}: {text}")

    def _request(self, request: Request) -> None:
        own = (self.stack.http, self.stack.http.replace("http", "ws", 1), "data:", "blob:")
        if not request.url.startswith(own):
            self.faults.append(f"a request elsewhere: {request.url}")
