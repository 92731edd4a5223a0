/**
 * Runs beside the sound itself: measures every sample of the microphone and says twenty times a
 * second how loud it was. An AudioWorklet module; it imports nothing and knows no page.
 */

const REPORTS_PER_SECOND = 20;
// A converter that is driven too far holds its last code; some stop a little below full scale.
const FULL = 0.985;
// One sample at full scale may be a true peak; three in a row are a top that was cut off.
const FLAT_SAMPLES = 3;

class Meter extends AudioWorkletProcessor {
  constructor() {
    super();
    this.flat = [0, 0]; // how many samples each channel has been at full scale
    this.clear();
  }

  clear() {
    this.samples = 0; // of all channels
    this.frames = 0;
    this.peak = 0;
    this.squares = 0;
    this.clipped = 0;
  }

  /** @param {Float32Array[][]} inputs */
  process(inputs) {
    const channels = inputs[0] || [];
    for (let channel = 0; channel < channels.length; channel += 1) {
      this.measure(channels[channel], channel);
    }
    this.frames += channels[0]?.length || 128;
    if (this.frames >= sampleRate / REPORTS_PER_SECOND) {
      this.port.postMessage({
        ms: (this.frames * 1000) / sampleRate,
        peak: this.peak,
        rms: Math.sqrt(this.squares / Math.max(1, this.samples)),
        clipped: this.clipped,
      });
      this.clear();
    }
    return true;
  }

  /**
   * @param {Float32Array} samples
   * @param {number} channel
   */
  measure(samples, channel) {
    let flat = this.flat[channel] || 0;
    for (const sample of samples) {
      const size = Math.abs(sample);
      if (size > this.peak) this.peak = size;
      this.squares += size * size;
      flat = size >= FULL ? flat + 1 : 0;
      if (flat === FLAT_SAMPLES) this.clipped += 1;
    }
    this.flat[channel] = flat;
    this.samples += samples.length;
  }
}

registerProcessor("loa-meter", Meter);
