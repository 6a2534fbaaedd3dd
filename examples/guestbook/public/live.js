// Shows entries as they are written. The browser connects again by itself when the
// connection ends, and says which entry was the last that it has seen.
const list = document.querySelector(".entries");
const template = document.querySelector("#entry");
const date = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });

new EventSource(`/events?after=${list.dataset.last}`).onmessage = event => {
  const entry = JSON.parse(event.data);
  const item = template.content.cloneNode(true);
  item.querySelector(".message").textContent = entry.message;
  item.querySelector("b").textContent = entry.name;
  const time = item.querySelector("time");
  time.dateTime = entry.created;
  time.textContent = date.format(new Date(entry.created));
  list.prepend(item);
};
