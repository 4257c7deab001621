"""What can be taken back is not asked about before; it is told with a button that takes it back."""

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.middleware.csrf import get_token
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from console.roles import ConsoleRequest


def offer_undo(request: ConsoleRequest, text: str, url: str, fields: Mapping[str, str | Sequence[str]]) -> None:
    """Tell what was done, with a button that posts the fields which undo it; a field may have several values."""
    pairs = [
        (name, value) for name, values in fields.items() for value in ([values] if isinstance(values, str) else values)
    ]
    inputs = format_html_join("", '<input type="hidden" name="{}" value="{}">', pairs)
    form = format_html(
        '<form class="undo" method="post" action="{}"><input type="hidden" name="csrfmiddlewaretoken" value="{}">{}'
        '<button class="button small">{}</button></form>',
        url,
        get_token(request),
        inputs,
        _("Undo"),
    )
    messages.success(request, format_html("{} {}", text, form))
