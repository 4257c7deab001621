{% autoescape off %}"""Connects {{ kit.thing_name }} with paho: pip install paho-mqtt"""

import json
import math
import pathlib
import time

import paho.mqtt.client as mqtt

THING = "{{ kit.thing_name }}"
TOPIC = "{{ topic }}"
SHADOW = f"$aws/things/{THING}/shadow/update"
HERE = pathlib.Path(__file__).resolve().parent


def report(client, state):
    print("reports", json.dumps(state), flush=True)
    client.publish(SHADOW, json.dumps({"state": {"reported": state}}), qos=1)


def on_connect(client, userdata, flags, reason, properties):
    print("connected as", THING, "-", reason, flush=True)
    client.subscribe(f"{SHADOW}/delta", qos=1)


def on_subscribe(client, userdata, mid, reasons, properties):
    report(client, {"led": "off"})


def on_delta(client, userdata, message):
    wanted = json.loads(message.payload)["state"]
    print("is wanted", json.dumps(wanted), flush=True)
    report(client, wanted)


client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=THING, protocol=mqtt.MQTTv5)
client.tls_set(str(HERE / "ca.pem"), str(HERE / "certificate.pem.crt"), str(HERE / "private.pem.key"))
client.on_connect = on_connect
client.on_subscribe = on_subscribe
client.on_message = on_delta
client.connect("{{ kit.endpoint }}", {{ kit.port }}, keepalive=30)
client.loop_start()

sequence = 0
try:
    while True:
        sequence += 1
        message = {
            "message": f"Hello from {THING}",
            "sequence": sequence,
            "temperature": round(25 + 5 * math.sin(sequence / 2), 1),
        }
        client.publish(TOPIC, json.dumps(message), qos=1)
        print("published", json.dumps(message), flush=True)
        time.sleep(3)
except KeyboardInterrupt:
    client.disconnect()
{% endautoescape %}
