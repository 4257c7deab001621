"""A person at the console in Chromium: logs in, opens pages, and sees whether a page is as every page must be."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request

from tests.stack import Stack

AXE: dict[str, Any] = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "rules": {"target-size": {"enabled": True}},
}
_WATCH = """() => {
  window.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
  });
}"""


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

    def log_in(self) -> None:
        self.page.goto(f"{self.stack.http}/login/")
        self.page.fill("[name=username]", "admin")
        self.page.fill("[name=password]", self.stack.admin_password)
        self.page.click("form button.primary")
        self.page.wait_for_url(f"{self.stack.http}/")

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.stack.http}{path}")
        return self.page

    def audit(self) -> None:
        """Demand what every page must show: accessible, nothing from elsewhere, no error, no sideways scrolling."""
        found = Axe().run(self.page, options=AXE).response["violations"]
        told = [f"{one['id']}: {[node['html'][:200] for node in one['nodes'][:3]]}" for one in found]
        assert not told, "\n".join(told)
        assert self.page.evaluate("window.violations") == []
        assert self.faults == []
        width = self.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert width[0] <= width[1], f"the page is {width[0]} wide in a window of {width[1]}"

    def _console(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.faults.append(f"{kind}: {text}")

    def _request(self, request: Request) -> None:
        own = (self.stack.http, self.stack.http.replace("http", "ws", 1), "data:", "blob:")
        if not request.url.startswith(own):
            self.faults.append(f"a request elsewhere: {request.url}")
