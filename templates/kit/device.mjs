{% autoescape off %}// Connects {{ kit.thing_name }} with MQTT.js: npm install
import { readFileSync } from "node:fs";
import mqtt from "mqtt";

const THING = "{{ kit.thing_name }}";
const TOPIC = "{{ topic }}";
const SHADOW = `$aws/things/${THING}/shadow/update`;
const here = (name) => readFileSync(new URL(name, import.meta.url));

const client = mqtt.connect({
  protocol: "mqtts",
  host: "{{ kit.endpoint }}",
  port: {{ kit.port }},
  ca: here("ca.pem"),
  cert: here("certificate.pem.crt"),
  key: here("private.pem.key"),
  clientId: THING,
  protocolVersion: 5,
  keepalive: 30,
});

function report(state) {
  console.log("reports", JSON.stringify(state));
  client.publish(SHADOW, JSON.stringify({ state: { reported: state } }), { qos: 1 });
}

client.on("connect", () => {
  console.log("connected as", THING);
  client.subscribe(`${SHADOW}/delta`, { qos: 1 }, () => report({ led: "off" }));
});

client.on("error", (error) => console.error(error.message));

client.on("message", (topic, payload) => {
  const wanted = JSON.parse(payload).state;
  console.log("is wanted", JSON.stringify(wanted));
  report(wanted);
});

let sequence = 0;
setInterval(() => {
  sequence += 1;
  const temperature = Math.round((25 + 5 * Math.sin(sequence / 2)) * 10) / 10;
  const message = JSON.stringify({ message: `Hello from ${THING}`, sequence, temperature });
  client.publish(TOPIC, message, { qos: 1 }, (error) => {
    if (!error) console.log("published", message);
  });
}, 3000);

process.on("SIGINT", () => client.end(false, {}, () => process.exit(0)));
{% endautoescape %}
