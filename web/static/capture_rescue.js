/** The last resort: a recording that the server will not take, as a file on this machine. */

/**
 * Hand the whole recording to the person. Its chunks are here until the server has all of them.
 * @param {import("./capture_sending.js").CaptureSender} sender of a recording
 * @returns {Promise<boolean>} false where chunks can no longer be read
 */
export async function saveAsFile(sender) {
  const { parts, record } = sender;
  /** @type {ArrayBuffer[]} */
  const pieces = [];
  try {
    for (let number = 0; number < (parts?.count || 0); number++) {
      if (parts?.sizeOf(number)) pieces.push((await parts.read(number)).bytes);
    }
  } catch {
    return false;
  }
  if (!pieces.length) return false;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(pieces, { type: record.mediaType }));
  link.download = record.fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return true;
}
