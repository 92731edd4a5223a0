/** Asking the server: JSON both ways, the form token, and what to do when it is out of date. */

/**
 * An answer that is not what was asked for. `status` is 0 when no answer came at all.
 */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message a sentence for the person
   * @param {Record<string, any>} data
   */
  constructor(status, code, message, data) {
    super(message);
    this.status = status;
    this.code = code;
    this.data = data;
    this.retryAfterMs = 0; // how long the server wants to be left alone
  }

  /** Whether the session has ended, or the page is from before another login. */
  get signedOut() {
    return this.status === 401 || this.code === "page_too_old";
  }

  /** Whether the same again would be refused again. */
  get lasting() {
    return this.status >= 400 && this.status < 500 && this.status !== 429 && !this.signedOut;
  }
}

/** @returns {string} the token that writes must carry */
export function formToken() {
  return metaToken()?.content || "";
}

/** @returns {string} a name for one request, so that repeating it does nothing twice */
export function newRequestKey() {
  // `crypto.randomUUID` is not there on a page without TLS, as on a commune's own network.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @returns {string} id of the person whom this page was made for; empty for nobody */
export function personOfPage(page = document) {
  /** @type {HTMLMetaElement | null} */
  const meta = page.querySelector('meta[name="person"]');
  return meta?.content || "";
}

/**
 * Ask and return the JSON of the answer.
 * @param {string} url
 * @param {RequestInit & { headers?: Record<string, string> }} [options]
 * @returns {Promise<any>}
 * @throws {Refusal}
 */
export async function ask(url, options = {}) {
  const headers = { Accept: "application/json", ...options.headers };
  if (options.method && options.method !== "GET") headers["X-CSRFToken"] = formToken();
  let response;
  try {
    response = await fetch(url, { ...options, headers, credentials: "same-origin" });
  } catch {
    throw new Refusal(0, "no_answer", "", {});
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw refusal(response.status, body, response.headers.get("Retry-After"));
  return body;
}

/**
 * @param {number} status
 * @param {any} body the JSON of the answer, if it was any
 * @param {string | null} [retryAfter] in seconds
 * @returns {Refusal}
 */
export function refusal(status, body, retryAfter) {
  const { code, message, data } = body?.error || {};
  const made = new Refusal(status, code || "", message || "", data || {});
  made.retryAfterMs = 1000 * (Number(retryAfter) || 0);
  return made;
}

/**
 * Take the token of the present session from a fresh copy of this page: the person may have signed
 * in again in another tab. Every form of the page gets it too. The token of somebody else is not
 * taken: what this page holds must not go out in their name.
 * @returns {Promise<string | null>} id of the person who is signed in now, empty for nobody; null
 *   without an answer
 */
export async function renewToken() {
  const response = await askAgain().catch(() => null);
  if (!response) return null;
  if (response.status === 401) return "";
  // A page that refuses somebody still says who it is.
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = metaToken(page)?.content;
  const mine = metaToken();
  if (!fresh || !mine) return null;
  const person = personOfPage(page);
  if (person !== personOfPage()) return person;
  mine.content = fresh;
  for (const field of document.querySelectorAll('input[name="csrf_token"]')) {
    /** @type {HTMLInputElement} */ (field).value = fresh;
  }
  return person;
}

/**
 * This page as the server has it now; 401 for nobody. The page of the login is not followed to: its
 * cookie could come after that of a login in another tab, and end it.
 * @returns {Promise<Response>}
 */
async function askAgain() {
  const response = await fetch(location.href, { credentials: "same-origin", redirect: "manual" });
  if (response.type !== "opaqueredirect") return response;
  // Where it leads is not told. Asked for JSON, the server refuses nobody instead.
  const headers = { Accept: "application/json" };
  const refused = await fetch(location.href, { method: "HEAD", headers, credentials: "same-origin" });
  return refused.status === 401 ? refused : fetch(location.href, { credentials: "same-origin" });
}

/**
 * @param {Document} page
 * @returns {HTMLMetaElement | null}
 */
function metaToken(page = document) {
  return page.querySelector('meta[name="csrf-token"]');
}
