{% autoescape off %}"""Connects {{ kit.thing_name }} with the AWS IoT Device SDK v2: pip install awsiotsdk"""

import json
import math
import pathlib
import threading
import time

from awscrt import mqtt
from awsiot import mqtt_connection_builder

THING = "{{ kit.thing_name }}"
TOPIC = "{{ topic }}"
SHADOW = f"$aws/things/{THING}/shadow/update"
HERE = pathlib.Path(__file__).resolve().parent

connection = mqtt_connection_builder.mtls_from_path(
    endpoint="{{ kit.endpoint }}",
    port={{ kit.port }},
    cert_filepath=str(HERE / "certificate.pem.crt"),
    pri_key_filepath=str(HERE / "private.pem.key"),
    ca_filepath=str(HERE / "ca.pem"),
    client_id=THING,
    clean_session=True,
    keep_alive_secs=30,
)


def publish(topic, body):
    connection.publish(topic=topic, payload=json.dumps(body), qos=mqtt.QoS.AT_LEAST_ONCE)


def report(state):
    print("reports", json.dumps(state), flush=True)
    publish(SHADOW, {"state": {"reported": state}})


def on_delta(topic, payload, **kwargs):
    wanted = json.loads(payload)["state"]
    print("is wanted", json.dumps(wanted), flush=True)
    # A callback must not wait for the network, so another thread answers.
    threading.Thread(target=report, args=(wanted,)).start()


connection.connect().result()
print("connected as", THING, flush=True)
subscribed, _ = connection.subscribe(topic=f"{SHADOW}/delta", qos=mqtt.QoS.AT_LEAST_ONCE, callback=on_delta)
subscribed.result()
report({"led": "off"})

sequence = 0
try:
    while True:
        sequence += 1
        message = {
            "message": f"Hello from {THING}",
            "sequence": sequence,
            "temperature": round(25 + 5 * math.sin(sequence / 2), 1),
        }
        publish(TOPIC, message)
        print("published", json.dumps(message), flush=True)
        time.sleep(3)
except KeyboardInterrupt:
    connection.disconnect().result()
{% endautoescape %}
