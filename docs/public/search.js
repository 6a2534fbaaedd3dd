"use strict";

// Search in the index that was made with the site. It is fetched when somebody wants to search.

const form = document.querySelector(".search");
const query = form.querySelector("input");
const found = form.querySelector(".found");
const most = 12; // that are shown

let index;

function load() {
  index ??= fetch("/search.json").then((response) => {
    if (!response.ok) throw new Error(`/search.json: ${response.status}`);
    return response.json();
  }).catch((error) => {
    index = undefined; // the next key tries again
    throw error;
  });
  return index;
}

// rank is how well an entry has all words: 0 if it lacks one.
function rank(entry, words) {
  let sum = 0;
  for (const word of words) {
    const titles = entry.section.toLowerCase().includes(word) ? 8 : entry.page.toLowerCase().includes(word) ? 4 : 0;
    const text = entry.text.toLowerCase().includes(word) ? 1 : 0;
    if (!titles && !text) return 0;
    sum += titles + text;
  }
  return sum;
}

// excerpt is the text around the first of the words.
function excerpt(text, words) {
  const at = Math.max(0, Math.min(...words.map((word) => text.toLowerCase().indexOf(word)).filter((i) => i >= 0).concat(text.length)) - 40);
  const start = at === 0 ? 0 : text.indexOf(" ", at) + 1;
  return (start > 0 ? "… " : "") + text.slice(start, start + 140) + (text.length > start + 140 ? " …" : "");
}

function item(entry, words) {
  const link = document.createElement("a");
  link.href = entry.path;
  link.textContent = entry.section === entry.page ? entry.page : `${entry.page}: ${entry.section}`;
  const text = document.createElement("span");
  text.textContent = excerpt(entry.text, words);
  link.append(text);
  const line = document.createElement("li");
  line.append(link);
  return line;
}

function message(text) {
  const line = document.createElement("li");
  line.className = "none";
  line.textContent = text;
  return line;
}

async function search() {
  const asked = query.value;
  const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) {
    found.replaceChildren();
    return;
  }
  let entries;
  try {
    entries = await load();
  } catch {
    found.replaceChildren(message("The index cannot be loaded. Are you offline?"));
    return;
  }
  if (query.value !== asked) return; // a later key is being answered
  const ranked = entries.map((entry) => [rank(entry, words), entry]).filter(([value]) => value > 0);
  ranked.sort(([a], [b]) => b - a);
  const lines = ranked.slice(0, most).map(([, entry]) => item(entry, words));
  found.replaceChildren(...(lines.length > 0 ? lines : [message("Nothing has all of these words.")]));
}

query.addEventListener("focus", () => load().catch(() => {})); // search says so
query.addEventListener("input", search);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  found.querySelector("a")?.click();
});
form.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  query.value = "";
  found.replaceChildren();
});
document.addEventListener("click", (event) => {
  if (!form.contains(event.target)) found.replaceChildren();
});

// The page that is shown, among all pages.
for (const link of document.querySelectorAll("nav.site a")) {
  if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
}
