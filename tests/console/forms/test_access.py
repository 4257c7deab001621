"""Forms of users and keys."""

from console.forms.access import KeyForm, PasswordForm, UserForm


def test_a_user_has_a_plain_name_a_password_and_a_role() -> None:
    assert UserForm({"username": "ann@x", "password": "correct horse", "role": "viewer"}).is_valid()
    assert set(UserForm({"username": "a b", "role": "king"}).errors) == {"username", "password", "role"}


def test_a_password_may_be_pasted_and_keeps_its_blanks() -> None:
    form = PasswordForm({"current": " a ", "password": " correct horse "})
    assert form.is_valid()
    assert form.cleaned_data["password"] == " correct horse "
    assert 'autocomplete="new-password"' in str(form["password"])


def test_a_key_has_a_kind_and_a_role() -> None:
    assert KeyForm({"kind": "token", "role": "viewer"}).is_valid()
    assert set(KeyForm({}).errors) == {"kind", "role"}
