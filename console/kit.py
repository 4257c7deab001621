"""A connection kit as one zip, made in memory: the only copy of the private key is in what this answers."""

import io
import json
import zipfile

from django.http import HttpResponse
from django.template.loader import render_to_string

from iot.services.kits import Kit, telemetry_topic

SCRIPTS = ("README.txt", "device_awsiotsdk.py", "device_paho.py", "device.mjs", "package.json", "device.sh")
ARDUINO = "arduino/device"


def kit_folder(thing_name: str) -> str:
    """Answer the directory that a kit unpacks to; a colon is no part of a file's name everywhere."""
    return f"{thing_name.replace(':', '_')}-kit"


def kit_files(kit: Kit) -> dict[str, str]:
    """Answer the files of a kit by their names."""
    context = {
        "kit": kit,
        "topic": telemetry_topic(kit.thing_name),
        "underline": "=" * len(kit.thing_name),
        "ca_c": _c_text(kit.ca_pem),
        "certificate_c": _c_text(kit.certificate_pem),
        "key_c": _c_text(kit.private_key),
    }
    header = render_to_string("kit/thingstead_device.h", context)
    return {
        "certificate.pem.crt": kit.certificate_pem,
        "private.pem.key": kit.private_key,
        "ca.pem": kit.ca_pem,
        "policy.json": kit.policy_document,
        **{name: render_to_string(f"kit/{name}", context) for name in SCRIPTS},
        "thingstead_device.h": header,
        f"{ARDUINO}/thingstead_device.h": header,
        f"{ARDUINO}/device.ino": render_to_string("kit/device.ino", context),
    }


def kit_archive(kit: Kit) -> bytes:
    """Pack a kit; the private key is readable by its owner alone once unpacked."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in kit_files(kit).items():
            entry = zipfile.ZipInfo(f"{kit_folder(kit.thing_name)}/{name}")
            mode = 0o600 if content == kit.private_key else 0o755 if name.endswith(".sh") else 0o644
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()


def kit_download(kit: Kit) -> HttpResponse:
    """Answer a kit as a download that no cache keeps."""
    response = HttpResponse(kit_archive(kit), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{kit_folder(kit.thing_name)}.zip"'
    response["Cache-Control"] = "no-store"
    return response


def _c_text(pem: str) -> str:
    return "\n".join(f"    {json.dumps(line + chr(10))}" for line in pem.strip().splitlines())
