// Connects an ESP32 as the thing of this kit. Libraries: PubSubClient, ArduinoJson. Fill in the name of your network.
#include <ArduinoJson.h>
#include <PubSubClient.h>
#include <WiFi.h>
#include <WiFiClientSecure.h>
#include <math.h>

#include "thingstead_device.h"

static const char WIFI_NAME[] = "";
static const char WIFI_PASSWORD[] = "";

WiFiClientSecure network;
PubSubClient client(network);
unsigned long published = 0;
unsigned long sequence = 0;

void report(const JsonVariantConst &state) {
  JsonDocument update;
  update["state"]["reported"] = state;
  char text[512];
  serializeJson(update, text, sizeof text);
  client.publish(DEVICE_SHADOW_UPDATE, text);
}

void onMessage(char *topic, byte *payload, unsigned int length) {
  JsonDocument delta;
  if (deserializeJson(delta, payload, length) == DeserializationError::Ok) {
    report(delta["state"]);
  }
}

void setup() {
  Serial.begin(115200);
  WiFi.begin(WIFI_NAME, WIFI_PASSWORD);
  while (WiFi.status() != WL_CONNECTED) delay(200);
  // The server's certificate is checked against the clock, so the clock must be right.
  configTime(0, 0, "pool.ntp.org");
  while (time(nullptr) < 1700000000) delay(200);
  network.setCACert(DEVICE_CA_PEM);
  network.setCertificate(DEVICE_CERTIFICATE_PEM);
  network.setPrivateKey(DEVICE_PRIVATE_KEY_PEM);
  client.setServer(DEVICE_ENDPOINT, DEVICE_PORT);
  client.setBufferSize(1024);
  client.setCallback(onMessage);
}

void loop() {
  if (!client.connected()) {
    if (!client.connect(DEVICE_CLIENT_ID)) {
      Serial.printf("cannot connect, state %d\n", client.state());
      delay(2000);
      return;
    }
    client.subscribe(DEVICE_SHADOW_DELTA, 1);
    JsonDocument first;
    first["led"] = "off";
    report(first.as<JsonVariantConst>());
  }
  client.loop();
  if (millis() - published < 3000) return;
  published = millis();
  sequence += 1;
  char text[160];
  snprintf(text, sizeof text, "{\"message\":\"Hello from %s\",\"sequence\":%lu,\"temperature\":%.1f}", DEVICE_THING_NAME,
           sequence, 25 + 5 * sin(sequence / 2.0));
  client.publish(DEVICE_TOPIC, text);
}
