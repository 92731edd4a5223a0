// What the clock says of a home page that was written some hours ago: which day is today, and that
// an urgent announcement holds no more. Without script the dates themselves say it.

/** @type {NodeListOf<HTMLElement>} */
const days = document.querySelectorAll("[data-day]");
/** @type {NodeListOf<HTMLElement>} */
const lasting = document.querySelectorAll("[data-until]");

function look() {
  const now = new Date();
  for (const day of days) {
    // Swedish writes dates as the attribute does: 2026-11-21.
    const today = now.toLocaleDateString("sv-SE", { timeZone: day.dataset.zone });
    const word = day.querySelector("span");
    if (word) word.hidden = day.dataset.day !== today;
  }
  for (const section of lasting) {
    const over = now >= new Date(section.dataset.until ?? "");
    section.classList.toggle("urgent-over", over);
    section.querySelector(".word-urgent")?.toggleAttribute("hidden", over);
    section.querySelector(".word-over")?.toggleAttribute("hidden", !over);
  }
}

look();
setInterval(look, 60_000);
