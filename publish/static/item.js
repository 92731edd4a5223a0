// What an item's page can do besides playing: find in the text, go on where one stopped, share, print.

const find = (/** @type {string} */ selector) => document.querySelector(selector);
const audio = /** @type {HTMLAudioElement} */ (find(".player audio"));
const STOPPED = "loa-nghe-do";
/** So much must have been heard, and be left, for a place to be worth keeping. */
const WORTH_S = 15;
const KEPT = 30;

/** @param {number} seconds */
const clock = (seconds) => {
  const two = (/** @type {number} */ n) => String(Math.floor(n)).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  const rest = two(seconds % 60);
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${rest}`;
};

/** One letter without its marks; the length stays, so places in the text do too. @param {string} letter */
const fold = (letter) => {
  const low = letter.toLowerCase();
  return low === "đ" ? "d" : low.normalize("NFD")[0];
};
/** @param {string} text */
const letters = (text) => [...text.normalize("NFC")];

function findInText() {
  const form = /** @type {HTMLFormElement | null} */ (find("[data-find]"));
  if (!form) return;
  const field = /** @type {HTMLInputElement} */ (form.querySelector("input"));
  const told = /** @type {HTMLOutputElement} */ (form.querySelector("output"));
  const sentences = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".words [data-at]")]);
  /** @type {HTMLElement[]} */
  let hits = [];
  let place = -1;

  const go = (/** @type {number} */ next) => {
    hits[place]?.classList.remove("at");
    place = hits.length ? (next + hits.length) % hits.length : -1;
    hits[place]?.classList.add("at");
    hits[place]?.scrollIntoView({ block: "center" });
    told.textContent = field.value.trim() ? `${place + 1}/${hits.length}` : "";
  };
  const search = () => {
    const wanted = letters(field.value.trim()).map(fold).join("");
    hits = [];
    place = -1;
    for (const sentence of sentences) {
      const text = letters(sentence.textContent ?? "");
      const folded = text.map(fold).join("");
      /** @type {(string | HTMLElement)[]} */
      const parts = [];
      let end = 0;
      for (let at = wanted ? folded.indexOf(wanted) : -1; at >= 0; at = folded.indexOf(wanted, end)) {
        const mark = document.createElement("mark");
        mark.textContent = text.slice(at, at + wanted.length).join("");
        parts.push(text.slice(end, at).join(""), mark);
        hits.push(mark);
        end = at + wanted.length;
      }
      if (end || sentence.children.length) sentence.replaceChildren(...parts, text.slice(end).join(""));
    }
    go(0);
  };
  field.addEventListener("input", search);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go(place + 1);
  });
}

/** Where people stopped, by page: [seconds, name of the sound]. Private windows keep nothing. */
const stopped = {
  /** @returns {Record<string, [number, string]>} */
  all() {
    try {
      return JSON.parse(localStorage.getItem(STOPPED) ?? "{}");
    } catch {
      return {};
    }
  },
  /** @param {number} seconds  0: nothing to go on with */
  keep(seconds) {
    const { [location.pathname]: _, ...others } = this.all();
    const entries = Object.entries(others).slice(1 - KEPT);
    if (seconds) entries.push([location.pathname, [seconds, sound()]]);
    try {
      localStorage.setItem(STOPPED, JSON.stringify(Object.fromEntries(entries)));
    } catch {
      // Nowhere to keep it: it is offered to nobody.
    }
  },
};
const sound = () => audio.querySelector("source")?.getAttribute("src") ?? "";

function goOn() {
  const offer = /** @type {HTMLButtonElement | null} */ (find("[data-resume]"));
  const length = Number(audio.closest("section")?.dataset.lengthMs) / 1000;
  const [reached, name] = stopped.all()[location.pathname] ?? [0, ""];
  if (offer && reached && name === sound() && !location.hash) {
    offer.textContent = `${offer.dataset.resume} ${clock(reached)}`;
    offer.hidden = false;
    offer.addEventListener("click", () => {
      audio.currentTime = reached;
      audio.play().catch(() => {});
    });
    audio.addEventListener("play", () => (offer.hidden = true), { once: true });
  }
  let kept = 0;
  const keep = () => {
    const now = Math.floor(audio.currentTime);
    stopped.keep(now > WORTH_S && now < length - WORTH_S ? now : 0);
    kept = now;
  };
  audio.addEventListener("timeupdate", () => Math.abs(audio.currentTime - kept) > 5 && keep());
  audio.addEventListener("pause", keep);
}

function share() {
  const address = /** @type {HTMLAnchorElement | null} */ (find(".address"));
  const told = find("[data-copied]");
  if (!address || !told) return;
  const copy = async (/** @type {string} */ text) => {
    try {
      await navigator.clipboard.writeText(text);
      told.textContent = told.getAttribute("data-copied");
    } catch {
      getSelection()?.selectAllChildren(address); // to be copied by hand
    }
  };
  const at = /** @type {HTMLButtonElement} */ (find("[data-copy-at]"));
  const moment = () => Math.floor(audio.currentTime);
  const label = () => {
    at.textContent = `${at.dataset.copyAt} ${clock(moment())}`;
    at.hidden = !moment();
  };
  audio.addEventListener("timeupdate", label);
  at.addEventListener("click", () => copy(`${address.href}#t=${moment()}`));
  find("[data-copy]")?.addEventListener("click", () => copy(address.href));
  const send = /** @type {HTMLButtonElement} */ (find("[data-send]"));
  send.hidden = !navigator.share;
  send.addEventListener("click", () =>
    navigator.share({ title: document.title, url: address.href }).catch(() => {}));
}

document.querySelectorAll("[data-more]").forEach((part) => part.removeAttribute("hidden"));
findInText();
goOn();
share();
find("[data-print]")?.addEventListener("click", () => print());
