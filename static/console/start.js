// The tutorial's ear: shows what the server has heard, and opens the way on when the step is proven.
(() => {
  "use strict";
  const work = document.querySelector("[data-start]");
  const place = () => document.querySelector("#proof");
  if (!work || !place() || work.hasAttribute("data-is-done")) return;
  const address = new URL(work.dataset.socket, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  let socket = null, wait = 500, proven = false;

  const prove = () => {
    proven = true;
    const item = document.querySelector(`#step-${work.dataset.step}`);
    item.classList.add("is-done");
    document.querySelector("#next").hidden = false;
    window.Thingstead.say(`${item.textContent.trim()}: ${place().querySelector(".badge").textContent.trim()}`);
    socket.close();
  };
  const show = (html) => {
    const found = new DOMParser().parseFromString(html, "text/html").querySelector("#proof");
    if (!found) return;
    place().replaceWith(document.importNode(found, true));
    if (found.hasAttribute("data-proven")) prove();
  };
  const connect = () => {
    window.Thingstead.connection("waiting");
    socket = new WebSocket(address);
    socket.addEventListener("open", () => { wait = 500; window.Thingstead.connection("live"); });
    socket.addEventListener("message", (event) => { if (!event.data.startsWith("{")) show(event.data); });
    socket.addEventListener("close", () => {
      if (proven) return;
      window.Thingstead.connection("lost");
      setTimeout(connect, wait);
      wait = Math.min(wait * 2, 10000);
    });
  };
  connect();
})();
