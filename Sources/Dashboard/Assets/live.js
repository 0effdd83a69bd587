// Keeps a page as the daemon would render it now. Without this script a page is the same, but stands still.
"use strict";

// Countdowns, by the daemon's clock: the offset comes from the Date header of the latest answer.
let clockOffset = 0;

function countdown(seconds) {
  const whole = Math.max(0, Math.floor(Math.abs(seconds)));
  const two = (value) => String(value).padStart(2, "0");
  const [days, hours, minutes] = [Math.floor(whole / 86400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60];
  const text = days > 0 ? `${days}d ${two(hours)}:${two(minutes)}`
    : hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  return seconds >= 0 ? `${text} left` : `${text} over`;
}

function tick() {
  for (const element of document.querySelectorAll("[data-until]")) {
    element.textContent = countdown((Date.parse(element.dataset.until) - Date.now() - clockOffset) / 1000);
  }
}

// Replaces the parts that have changed; what a person has opened or typed is in none of them.
function show(html) {
  const next = new DOMParser().parseFromString(html, "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = next.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!fresh || fresh.innerHTML === part.dataset.shown) continue;
    if (part.contains(document.activeElement) && document.activeElement.matches("input, textarea, button")) continue;
    const log = part.querySelector("pre");
    const atEnd = log && log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
    part.innerHTML = fresh.innerHTML;
    part.dataset.shown = fresh.innerHTML;
    if (atEnd) part.querySelector("pre").scrollTop = 1e9;
  }
  tick();
}

let isLoading = false;
let isStale = false;

async function refresh() {
  if (isLoading) { isStale = true; return; }
  isLoading = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const date = Date.parse(answer.headers.get("Date") ?? "");
    if (!Number.isNaN(date) && Math.abs(date - Date.now()) > 2000) clockOffset = date - Date.now();
    if (answer.ok) show(await answer.text());
  } catch { /* the event source says that the connection is gone */ }
  isLoading = false;
  if (isStale && !document.hidden) { isStale = false; refresh(); }
}

function listen() {
  const connection = document.getElementById("connection");
  const source = new EventSource("/events");
  source.addEventListener("open", () => { connection.textContent = "live"; });
  source.addEventListener("change", () => { if (document.hidden) { isStale = true; } else { refresh(); } });
  source.addEventListener("error", () => { connection.textContent = "the daemon does not answer; trying again"; });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && isStale) { isStale = false; refresh(); }
  });
}

if (document.body.dataset.live !== undefined) {
  for (const log of document.querySelectorAll("pre")) log.scrollTop = log.scrollHeight;
  setInterval(tick, 1000);
  listen();
}
