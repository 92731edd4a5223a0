/** The microphone and the tape: what the browser gives, with its failures in our own words. */

const METER = new URL("recorder_meter.js", import.meta.url);
const CHUNK_MS = 1000;
const STALLED_MS = 5000;
// A voice in Opus is as good as it gets at this rate, and a minute weighs half a megabyte.
const BITS_PER_SECOND = 64_000;
// In the order of preference; Chromium, Firefox, Safari. The server takes each of them.
const FORMATS = [
  "audio/webm;codecs=opus",
  "audio/ogg;codecs=opus",
  "audio/mp4;codecs=mp4a.40.2",
  "audio/mp4",
  "audio/webm",
];
/** What would change the sound: all of it is asked to be off, and read back. */
const TREATMENTS = ["echoCancellation", "noiseSuppression", "autoGainControl"];

/** Why there is no sound. `code` is one of the page's words. */
export class MicrophoneProblem extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/**
 * What stands in the way before anybody is asked for a microphone; "" when nothing does.
 * @returns {"" | "insecure" | "too_old"}
 */
export function obstacle() {
  if (!window.isSecureContext) return "insecure";
  const able =
    navigator.mediaDevices?.getUserMedia && "MediaRecorder" in window && "indexedDB" in window;
  return able ? "" : "too_old";
}

/** @returns {string} the first format that this browser can record; "" leaves it the choice */
export function bestFormat() {
  return FORMATS.find((format) => MediaRecorder.isTypeSupported(format)) || "";
}

/**
 * Whether a second recording of this format can stand behind the first in one file. Measured with
 * FFmpeg's readers: WebM and Ogg go on with the second, MP4 ends with the first.
 * @param {string} mediaType
 */
export function canFollow(mediaType) {
  return /^audio\/(webm|ogg)\b/.test(mediaType);
}

/**
 * What a recording that begins now is called.
 * @param {string} mediaType
 */
export function fileName(mediaType) {
  const ending = mediaType.includes("mp4") ? "m4a" : mediaType.includes("ogg") ? "ogg" : "webm";
  const now = new Date();
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  return `thu-am-${day}-${two(now.getHours())}${two(now.getMinutes())}.${ending}`;
}

/** @returns {Promise<MediaDeviceInfo[]>} names are empty until a microphone was allowed once */
export async function microphones() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  // Windows names its choice for calls a second time.
  return devices.filter(({ kind, deviceId }) => kind === "audioinput" && deviceId !== "communications");
}

/** Whether the microphone may be opened without asking the person. */
export async function isAllowed() {
  try {
    const name = /** @type {PermissionName} */ ("microphone");
    return (await navigator.permissions.query({ name })).state === "granted";
  } catch {
    return false; // Firefox and Safari do not say
  }
}

/** @type {Promise<AudioContext> | null} */
let preparing = null;

/** One for all microphones of this page: the meter's module must not be asked for offline. */
function meterContext() {
  preparing ??= (async () => {
    const context = new AudioContext();
    await context.audioWorklet.addModule(METER);
    return context;
  })();
  preparing.catch(() => (preparing = null));
  return preparing;
}

/** One open microphone and its meter. */
export class Microphone {
  /** @param {MediaStream} stream */
  constructor(stream) {
    this.stream = stream;
    this.track = stream.getAudioTracks()[0];
    this.closed = false;
    /** @type {AudioNode[]} */
    this.nodes = [];
    /** @type {AudioContext | null} */
    this.context = null;
    /** @type {(reading: import("./recorder_level.js").Reading) => void} */
    this.onlevel = () => {};
    /** The microphone is gone: unplugged, taken away, forbidden. */
    this.onend = () => {};
    /** @type {(muted: boolean) => void} another program holds it, or has given it back */
    this.onmute = () => {};
    this.track.addEventListener("ended", () => this.onend());
    for (const name of ["mute", "unmute"]) {
      this.track.addEventListener(name, () => this.onmute(this.track.muted));
    }
  }

  /**
   * @param {string} deviceId "" leaves the choice to the system
   * @returns {Promise<Microphone>}
   * @throws {MicrophoneProblem}
   */
  static async open(deviceId) {
    /** @type {MediaTrackConstraints} */
    const audio = { channelCount: 1 };
    for (const treatment of TREATMENTS) Object.assign(audio, { [treatment]: false });
    if (deviceId) audio.deviceId = { exact: deviceId };
    try {
      return new Microphone(await navigator.mediaDevices.getUserMedia({ audio }));
    } catch (error) {
      throw new MicrophoneProblem(problemOf(/** @type {DOMException} */ (error)));
    }
  }

  get deviceId() {
    return this.track.getSettings().deviceId || "";
  }

  /** @returns {boolean} whether the browser treats the sound although it was asked not to */
  get treats() {
    const settings = /** @type {Record<string, any>} */ (this.track.getSettings());
    return TREATMENTS.some((treatment) => settings[treatment] === true);
  }

  /** Start the meter. Recording does without it, and never waits for it: false, there is none. */
  async measure() {
    try {
      const context = await meterContext();
      if (this.closed) return true;
      const meter = new AudioWorkletNode(context, "loa-meter");
      meter.port.onmessage = (event) => this.onlevel(event.data);
      const source = context.createMediaStreamSource(this.stream);
      // Only what leads to the loudspeakers is run everywhere; the meter's own output is silence.
      source.connect(meter).connect(context.destination);
      this.nodes = [source, meter];
      this.context = context;
      this.wake();
      return true;
    } catch {
      return false;
    }
  }

  /** Browsers let a page make or measure sound once it has been clicked. */
  wake() {
    this.context?.resume().catch(() => {}); // also after a `close` that is still under way
  }

  close() {
    this.onend = () => {};
    this.onlevel = () => {};
    this.onmute = () => {};
    this.closed = true;
    this.track.stop();
    for (const node of this.nodes) node.disconnect();
    this.context?.suspend().catch(() => {});
  }
}

/** One run of the browser's recorder: sound in, chunks of a second out. */
export class Tape {
  /**
   * @param {MediaStream} stream
   * @param {(chunk: Blob) => void} onchunk
   */
  constructor(stream, onchunk) {
    const mimeType = bestFormat();
    const wanted = { audioBitsPerSecond: BITS_PER_SECOND, ...(mimeType && { mimeType }) };
    this.recorder = new MediaRecorder(stream, wanted);
    this.lastChunk = performance.now();
    /** The browser stopped it by itself. */
    this.onbreak = () => {};
    this.recorder.addEventListener("dataavailable", (event) => {
      this.lastChunk = performance.now();
      if (event.data.size) onchunk(event.data);
    });
    this.ended = new Promise((end) => this.recorder.addEventListener("stop", () => end(undefined)));
    this.ended.then(() => !this.stopping && this.onbreak());
    this.stopping = false;
  }

  get mediaType() {
    return this.recorder.mimeType || bestFormat();
  }

  /** @returns {boolean} whether sound should come, and none has come for too long */
  get stalled() {
    const silent = performance.now() - this.lastChunk;
    return this.recorder.state === "recording" && silent > STALLED_MS;
  }

  start() {
    this.lastChunk = performance.now();
    this.recorder.start(CHUNK_MS);
  }

  pause() {
    this.flush();
    if (this.recorder.state === "recording") this.recorder.pause();
  }

  resume() {
    this.lastChunk = performance.now();
    if (this.recorder.state === "paused") this.recorder.resume();
  }

  /** Hand out what has been recorded up to now, without waiting for the second to be full. */
  flush() {
    if (this.recorder.state !== "inactive") this.recorder.requestData();
  }

  /** End it; resolves after the last chunk was handed out. */
  async stop() {
    this.stopping = true;
    if (this.recorder.state !== "inactive") this.recorder.stop();
    // A recorder whose microphone was torn out may never say that it has ended.
    await Promise.race([this.ended, new Promise((end) => setTimeout(end, STALLED_MS))]);
  }
}

/**
 * @param {DOMException} error
 * @returns {string} one of the page's words
 */
function problemOf(error) {
  /** @type {Record<string, string>} */
  const words = {
    NotAllowedError: "mic_forbidden",
    SecurityError: "mic_forbidden",
    NotFoundError: "mic_missing",
    OverconstrainedError: "mic_gone",
    NotReadableError: "mic_busy",
    AbortError: "mic_busy",
  };
  return words[error.name] || "mic_failed";
}
