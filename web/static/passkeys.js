/** Passkeys: making one on the account's page, and signing in with one. */

import { ask, Refusal } from "./asking.js";

/** @param {string} text base64url, as it travels in JSON @returns {ArrayBuffer} */
function bytesOf(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
}

/** @param {ArrayBuffer | null} bytes @returns {string} */
function textOf(bytes) {
  const plain = String.fromCharCode(...new Uint8Array(bytes || new ArrayBuffer(0)));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @param {any[]} [listed] @returns {any[]} the same keys as a browser wants them named */
const named = (listed = []) => listed.map((one) => ({ ...one, id: bytesOf(one.id) }));

/** @param {any} options @returns {Promise<any>} what the server wants to see of the new key */
async function make(options) {
  const made = /** @type {PublicKeyCredential} */ (await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytesOf(options.challenge),
      user: { ...options.user, id: bytesOf(options.user.id) },
      excludeCredentials: named(options.excludeCredentials),
    },
  }));
  const response = /** @type {AuthenticatorAttestationResponse} */ (made.response);
  return {
    id: made.id,
    rawId: textOf(made.rawId),
    type: made.type,
    response: {
      attestationObject: textOf(response.attestationObject),
      clientDataJSON: textOf(response.clientDataJSON),
      transports: response.getTransports?.() || [],
    },
  };
}

/** @param {any} options @returns {Promise<any>} what the server wants to see of the signature */
async function sign(options) {
  const signed = /** @type {PublicKeyCredential} */ (await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: bytesOf(options.challenge),
      allowCredentials: named(options.allowCredentials),
    },
  }));
  const response = /** @type {AuthenticatorAssertionResponse} */ (signed.response);
  return {
    id: signed.id,
    rawId: textOf(signed.rawId),
    type: signed.type,
    response: {
      authenticatorData: textOf(response.authenticatorData),
      clientDataJSON: textOf(response.clientDataJSON),
      signature: textOf(response.signature),
      userHandle: textOf(response.userHandle),
    },
  };
}

/** @param {string} url @param {any} body @returns {Promise<any>} */
const send = (url, body) =>
  ask(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

/**
 * What went wrong, in a sentence.
 * @param {unknown} error
 * @param {Record<string, string>} words
 */
function sentence(error, words) {
  if (error instanceof Refusal) return error.message || words.unanswered;
  const name = error instanceof DOMException ? error.name : "";
  return { NotAllowedError: words.stopped, InvalidStateError: words.known }[name] || words.unfit;
}

/**
 * Let a button or form do its work, and say what went wrong.
 * @param {HTMLElement} box with `data-begin`, `data-finish`, `data-words`
 * @param {() => Promise<void>} work
 */
async function attempt(box, work) {
  const told = /** @type {HTMLElement} */ (box.querySelector("[data-told]"));
  const button = /** @type {HTMLButtonElement} */ (box.querySelector("button"));
  button.disabled = true;
  told.hidden = true;
  try {
    await work();
  } catch (error) {
    if (error instanceof Refusal && error.status === 401 && box.dataset.verify) {
      location.assign(box.dataset.verify); // the password first
      return;
    }
    told.textContent = sentence(error, JSON.parse(box.dataset.words || "{}"));
    told.hidden = false;
    button.disabled = false;
  }
}

// Browsers offer keys only where nobody can listen in between, and for names: none is for 10.0.0.5.
const hasName = !/^[\d.]+$|[:[]/.test(location.hostname);
if (window.PublicKeyCredential && window.isSecureContext && hasName) {
  for (const box of /** @type {NodeListOf<HTMLFormElement>} */ (
    document.querySelectorAll("[data-passkey-new]")
  )) {
    box.hidden = false;
    box.addEventListener("submit", (event) => {
      event.preventDefault();
      const name = /** @type {HTMLInputElement} */ (box.elements.namedItem("name")).value;
      attempt(box, async () => {
        const { options, state } = await send(box.dataset.begin || "", {});
        await send(box.dataset.finish || "", { name, state, credential: await make(options) });
        location.reload();
      });
    });
  }
  for (const box of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll("[data-passkey-login]")
  )) {
    box.hidden = false;
    box.querySelector("button")?.addEventListener("click", () =>
      attempt(box, async () => {
        const { options, state } = await send(box.dataset.begin || "", {});
        const credential = await sign(options);
        const wanted = { state, credential, next: box.dataset.next };
        const { next } = await send(box.dataset.finish || "", wanted);
        location.assign(next);
      }),
    );
  }
} else {
  for (const note of document.querySelectorAll("[data-passkey-none]")) {
    /** @type {HTMLElement} */ (note).hidden = false;
  }
}
