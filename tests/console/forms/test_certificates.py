"""Forms of certificates and authorities."""

from console.forms.certificates import CaForm, CertificateForm


def test_a_text_is_needed_unless_the_key_is_made_here() -> None:
    assert CertificateForm({"way": "keys"}).is_valid()
    form = CertificateForm({"way": "csr"})
    assert not form.is_valid()
    assert "pem" in form.errors
    assert CertificateForm({"way": "register", "pem": "x"}).is_valid()


def test_a_ca_needs_its_certificate_and_mode() -> None:
    assert set(CaForm({}).errors) == {"pem", "mode"}
    assert CaForm({"pem": "x", "mode": "SNI_ONLY"}).is_valid()
