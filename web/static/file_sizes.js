/** Sizes of files as people read them, in the page's language. */

const MIB = 1024 * 1024;

/** @param {number} bytes */
export function sizeInWords(bytes) {
  return bytes < MIB ? `${Math.ceil(bytes / 1024)} kB` : `${mebibytes(bytes)} MB`;
}

/** @param {number} bytes */
export function mebibytes(bytes) {
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return (bytes / MIB).toLocaleString(document.documentElement.lang, digits);
}
