/** The status page: looks again every half minute, but never under a person's hands. */

const EVERY_MS = 30000;

setInterval(async () => {
  const shown = document.querySelector("[data-status]");
  if (!shown || document.visibilityState !== "visible" || shown.contains(document.activeElement)) return;
  // Not on to the login: the cookie of its page could come after that of a login in another tab.
  const asked = fetch(location.href, { credentials: "same-origin", redirect: "manual" });
  const response = await asked.catch(() => null);
  // The server may be starting again, or the session has ended: what stands here has its own time.
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.querySelector("[data-status]");
  if (fresh && !shown.contains(document.activeElement)) shown.replaceWith(fresh);
}, EVERY_MS);
