{% autoescape off %}#!/bin/sh
# Connects {{ kit.thing_name }} with mosquitto_pub and mosquitto_sub (Debian, Ubuntu: apt install mosquitto-clients).
# They are two programs, so each has a client id of its own.
cd "$(dirname "$0")" || exit 1
thing='{{ kit.thing_name }}'
topic='{{ topic }}'
shadow="\$aws/things/$thing/shadow/update"

publish() {
  mosquitto_pub -h '{{ kit.endpoint }}' -p {{ kit.port }} -V mqttv5 \
    --cafile ca.pem --cert certificate.pem.crt --key private.pem.key -i "$1" -q 1 -t "$2" -m "$3"
}

mosquitto_sub -h '{{ kit.endpoint }}' -p {{ kit.port }} -V mqttv5 \
  --cafile ca.pem --cert certificate.pem.crt --key private.pem.key -i "$thing" -q 1 -t "$shadow/delta" |
  while read -r delta; do
    wanted=$(printf '%s' "$delta" | sed 's/.*"state":\(.*\),"metadata".*/\1/')
    echo "is wanted and now reported: $wanted"
    publish "$thing-report" "$shadow" "{\"state\":{\"reported\":$wanted}}"
  done &
listener=$!
trap 'kill $listener 2>/dev/null; exit 0' INT TERM

publish "$thing-report" "$shadow" '{"state":{"reported":{"led":"off"}}}'
sequence=0
while :; do
  sequence=$((sequence + 1))
  message="{\"message\":\"Hello from $thing\",\"sequence\":$sequence,\"temperature\":$((20 + sequence * 3 % 11))}"
  publish "$thing-publish" "$topic" "$message" && echo "published $message"
  sleep 3
done
{% endautoescape %}
