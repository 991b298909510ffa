// The page says everything without this. With it, panels are replaced as their figures change.
"use strict";

const live = document.querySelector(".live");
const text = live.querySelector(".live-text");

const patterns = JSON.parse(live.dataset.ago);

function ago(seconds) {
  const say = (pattern, value) => patterns[pattern].replace("{}", value);
  if (seconds < 60) return say(0, Math.max(0, seconds).toFixed(seconds < 10 ? 1 : 0));
  if (seconds < 3600) return say(1, Math.round(seconds / 60));
  if (seconds < 86400) return say(2, Math.round(seconds / 3600));
  const days = Math.round(seconds / 86400);
  return say(days === 1 ? 3 : 4, days);
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

function say(state) {
  live.dataset.state = state;
  text.textContent = live.dataset[state];
}

const stream = new EventSource(live.dataset.stream);
stream.addEventListener("open", () => say("on"));
stream.addEventListener("error", () => {
  if (stream.readyState === EventSource.CLOSED) {
    say("off");
  } else {
    say("waiting");
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
