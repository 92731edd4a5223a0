// The portal without network: the shell and the newest texts, and sound that somebody asked to
// keep. The network comes first, so what stands here never hides what was published or withdrawn.

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const scope = new URL("./", location.href).href;
const LIST = `${scope}offline.json`;
/** What offline.js writes behind the address of kept sound. */
const KEPT = "?trong-may";
const LOST = `${scope}khong-co-mang/`;
/** Between two looks at the list while pages are read. */
const LOOK_MS = 60_000;
/** How long a weak network is waited for where the page is kept. */
const PATIENCE_MS = 5_000;
const open = (/** @type {string} */ name) => caches.open(`loa ${scope} ${name}`);
let looked = 0;

/**
 * Bring what is kept in step with the list: pages by their marks, the rest away.
 * The list is `{ pages: { address: mark } }`, addresses seen from the unit's folder.
 */
async function refresh() {
  looked = Date.now();
  const answer = await fetch(LIST, { cache: "no-cache" });
  if (!answer.ok) return;
  const pages = await open("pages");
  /** @type {Record<string, string>} */
  const wanted = (await answer.json()).pages;
  const before = await pages.match(LIST);
  /** @type {Record<string, string>} */
  const known = before ? (await before.json()).pages : {};
  /** @type {Record<string, string>} */
  const held = {};
  for (const [address, mark] of Object.entries(wanted)) {
    const full = new URL(address, scope).href;
    const stands = known[address] === mark && (await pages.match(full));
    if (stands || (await take(pages, full))) held[address] = mark;
  }
  const saved = await checkSaved(pages);
  const stays = new Set([LIST, ...saved, ...Object.keys(held).map((one) => new URL(one, scope).href)]);
  for (const request of await pages.keys()) {
    if (!stays.has(request.url)) await pages.delete(request);
  }
  await pages.put(LIST, new Response(JSON.stringify({ pages: held })));
}

/** @param {Cache} cache @param {string} address @returns {Promise<boolean>} whether it was there */
async function take(cache, address) {
  const answer = await fetch(address, { cache: "no-cache" }).catch(() => undefined);
  if (answer?.ok) await cache.put(address, answer);
  return Boolean(answer?.ok);
}

/**
 * Sound is kept as long as its page names it: not when it was withdrawn or replaced.
 * @param {Cache} pages
 * @returns {Promise<string[]>} the pages to keep for it
 */
async function checkSaved(pages) {
  const sounds = await open("sound");
  const kept = [];
  for (const { url } of await sounds.keys()) {
    const page = new URL("./", url).href;
    const answer = await fetch(page, { cache: "no-cache" });
    const text = answer.ok ? await answer.clone().text() : "";
    if (text.includes(url.slice(page.length))) {
      await pages.put(page, answer);
      kept.push(page);
    } else {
      await sounds.delete(url);
    }
  }
  return kept;
}

/** The network's answer; what is kept where there is none, or none for a while. @param {FetchEvent} event */
async function page(event) {
  const pages = await open("pages");
  const address = event.request.url.split(/[?#]/)[0];
  const kept = await pages.match(address);
  const network = fetch(event.request).then(async (answer) => {
    if (answer.status === 404 || answer.status === 410) await forget(pages, address);
    if (Date.now() - looked > LOOK_MS) event.waitUntil(refresh().catch(() => {}));
    return answer;
  });
  event.waitUntil(network.catch(() => {})); // an answer that comes late still tells what is gone
  const without = async () => kept ?? (await pages.match(LOST)) ?? Response.error();
  if (!kept) return network.catch(without);
  const patience = new Promise((give) => setTimeout(() => give(kept), PATIENCE_MS));
  return Promise.race([network, patience]).catch(without);
}

/** What is gone is gone here too. @param {Cache} pages @param {string} address */
async function forget(pages, address) {
  await pages.delete(address);
  if (address === scope) return; // a server in trouble, not an announcement
  const sounds = await open("sound");
  for (const request of await sounds.keys()) {
    if (request.url.startsWith(address)) await sounds.delete(request);
  }
}

/** Kept sound, a part of it where a part is asked for. @param {Request} request */
async function sound(request) {
  const address = request.url.split("?")[0];
  const kept = await (await open("sound")).match(address);
  if (!kept) return fetch(address, { headers: request.headers });
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "");
  if (!range) return kept;
  const whole = await kept.blob();
  const start = Number(range[1]);
  const end = Math.min(range[2] ? Number(range[2]) : Infinity, whole.size - 1);
  return new Response(whole.slice(start, end + 1, whole.type), {
    status: 206,
    headers: {
      "Content-Type": kept.headers.get("Content-Type") ?? whole.type,
      "Content-Range": `bytes ${start}-${end}/${whole.size}`,
      "Content-Length": String(end - start + 1),
    },
  });
}

/** Files whose names carry their content. @param {Request} request */
async function asset(request) {
  return (await (await open("pages")).match(request.url)) ?? fetch(request);
}

worker.addEventListener("install", (event) => {
  worker.skipWaiting();
  event.waitUntil(refresh().catch(() => {}));
});
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  if (request.mode === "navigate") {
    if (request.url.startsWith(scope)) event.respondWith(page(event));
    // Only sound that a page knows to be kept: all other goes its way as if there were no worker.
  } else if (request.url.endsWith(KEPT)) event.respondWith(sound(request));
  else if (request.url.includes("/assets/")) event.respondWith(asset(request));
});
