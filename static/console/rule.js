// A rule's page: what the rule does now, as the bridge tells it on $seen/rule/<name>.
(() => {
  "use strict";
  const place = document.querySelector("[data-rule-live]");
  if (!place) return;
  const list = place.querySelector("ol"), empty = place.querySelector("[data-nothing]");
  const address = new URL(place.dataset.socket, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  address.searchParams.set("filter", `$seen/rule/${place.dataset.ruleLive}`);
  let wait = 500;
  const line = (at, body) => {
    const item = document.createElement("li"), time = document.createElement("time"), text = document.createElement("span");
    const badge = document.createElement("span"), topic = document.createElement("code"), reason = document.createElement("span");
    const moment = new Date(at);
    time.dateTime = moment.toISOString();
    time.className = "small muted";
    time.textContent = moment.toLocaleTimeString();
    badge.className = `badge ${body.outcome === "success" ? "ok" : "danger"}`;
    badge.textContent = body.outcome;
    topic.textContent = ` ${body.topic ?? ""} `;
    reason.className = "small";
    reason.textContent = body.reason ?? "";
    text.append(badge, topic, reason);
    item.append(time, text);
    return item;
  };
  const connect = () => {
    const socket = new WebSocket(address);
    socket.addEventListener("open", () => { wait = 500; window.Thingstead.connection("live"); });
    socket.addEventListener("message", (event) => {
      for (const row of JSON.parse(event.data).rows ?? []) {
        try { list.prepend(line(row.at, JSON.parse(row.text))); } catch { continue; }
        empty.hidden = true;
      }
      while (list.children.length > 30) list.lastElementChild.remove();
    });
    socket.addEventListener("close", () => { window.Thingstead.connection("lost"); setTimeout(connect, wait); wait = Math.min(wait * 2, 10000); });
  };
  connect();
})();
