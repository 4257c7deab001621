{% autoescape off %}/* Connection of {{ kit.thing_name }}: for Arduino, ESP-IDF, the AWS IoT Embedded C SDK, or any C program. */
#ifndef THINGSTEAD_DEVICE_H
#define THINGSTEAD_DEVICE_H

#define DEVICE_ENDPOINT "{{ kit.endpoint }}"
#define DEVICE_PORT {{ kit.port }}
#define DEVICE_THING_NAME "{{ kit.thing_name }}"
#define DEVICE_CLIENT_ID "{{ kit.thing_name }}"
#define DEVICE_TOPIC "{{ topic }}"
#define DEVICE_SHADOW_UPDATE "$aws/things/{{ kit.thing_name }}/shadow/update"
#define DEVICE_SHADOW_DELTA "$aws/things/{{ kit.thing_name }}/shadow/update/delta"

static const char DEVICE_CA_PEM[] =
{{ ca_c }};

static const char DEVICE_CERTIFICATE_PEM[] =
{{ certificate_c }};

static const char DEVICE_PRIVATE_KEY_PEM[] =
{{ key_c }};

#endif
{% endautoescape %}
