// The page says everything without this. With it, panels are replaced as their figures change.
"use strict";

const live = document.querySelector(".live");
const text = live.querySelector(".live-text");

function ago(seconds) {
  if (seconds < 60) return `${Math.max(0, seconds).toFixed(seconds < 10 ? 1 : 0)} s ago`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.round(seconds / 3600)} h ago`;
  const days = Math.round(seconds / 86400);
  return `${days} ${days === 1 ? "day" : "days"} ago`;
}

function age() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const words = ago((Date.now() - Date.parse(time.dateTime)) / 1000);
    if (time.textContent !== words) time.textContent = words;
  }
}

function replace(panel, html) {
  const open = [...panel.querySelectorAll("details[open]")].map((each) => each.id);
  const scrolled = [...panel.querySelectorAll(".scroll")].map((each) => each.scrollLeft);
  const focused = panel.contains(document.activeElement) ? document.activeElement : null;
  const regions = [...panel.querySelectorAll(".scroll")];
  const region = regions.indexOf(focused);
  const summary = focused && focused.tagName === "SUMMARY" ? focused.parentElement.id : "";
  panel.innerHTML = html;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  const now = [...panel.querySelectorAll(".scroll")];
  now.forEach((each, index) => { each.scrollLeft = scrolled[index] || 0; });
  if (!focused) return;
  const target = summary ? document.getElementById(summary)?.querySelector("summary")
    : region >= 0 ? now[region] : focused.id && document.getElementById(focused.id);
  target?.focus({ preventScroll: true });
}

function say(state, words) {
  live.dataset.state = state;
  text.textContent = words;
}

const stream = new EventSource(live.dataset.stream);
stream.addEventListener("open", () => say("on", "Live: figures change as events arrive."));
stream.addEventListener("error", () => {
  if (stream.readyState === EventSource.CLOSED) {
    say("off", "Not live: reload the page to see the latest figures.");
  } else {
    say("waiting", "Connecting again. The figures are those of the last change received.");
  }
});
stream.addEventListener("panel", (event) => {
  const { id, html } = JSON.parse(event.data);
  const panel = document.getElementById(id);
  const shown = panel?.querySelector("[data-etag]")?.dataset.etag;
  if (panel && shown !== event.lastEventId) replace(panel, html);
  age();
});
setInterval(age, 1000);
age();
