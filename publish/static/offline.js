// Lets the portal be read without network, and keeps the sound of an item when asked to.
// The worker (sw.js) does the rest; where there is none, everything works as before.

const manifest = /** @type {HTMLLinkElement | null} */ (document.querySelector("link[rel=manifest]"));
const scope = manifest && new URL("./", manifest.href).href;

/** Behind the address of kept sound, so that the worker knows it. */
const KEPT = "?trong-may";

/** @param {string} scope */
async function offerKeeping(scope) {
  const button = /** @type {HTMLButtonElement | null} */ (document.querySelector("[data-keep]"));
  const audio = document.querySelector("audio");
  const sources = [...(audio?.querySelectorAll("source") ?? [])];
  const sound = sources.find((source) => audio?.canPlayType(source.type))?.src;
  if (!button || !audio || !sound) return;
  const [sounds, pages] = await Promise.all(["sound", "pages"].map((name) => caches.open(`loa ${scope} ${name}`)));
  const show = async () => {
    const kept = Boolean(await sounds.match(sound));
    button.textContent = (kept ? button.dataset.drop : button.dataset.keep) ?? "";
    button.disabled = false;
    if (audio.paused && kept !== audio.hasAttribute("src")) {
      const reached = audio.currentTime;
      if (kept) audio.src = sound + KEPT;
      else audio.removeAttribute("src");
      audio.load();
      audio.currentTime = reached;
    }
    return kept;
  };
  button.addEventListener("click", async () => {
    if (await show()) {
      await sounds.delete(sound);
    } else {
      button.disabled = true;
      button.textContent = button.dataset.busy ?? "";
      try {
        // The page with it, so that there is something to press play on.
        await Promise.all([sounds.add(sound), pages.add(location.pathname)]);
      } catch {
        await sounds.delete(sound);
        button.textContent = button.dataset.failed ?? "";
        button.disabled = false;
        return;
      }
    }
    await show();
  });
  await show();
  button.hidden = false;
}

if (scope && "serviceWorker" in navigator && "caches" in window) {
  navigator.serviceWorker
    .register(`${scope}sw.js`, { scope, updateViaCache: "none" })
    .then(() => offerKeeping(scope))
    .catch(() => {}); // an application's own browser may forbid it
}
