// A WAV file: 16-bit PCM.

const HEADER_BYTES = 44;

export function wavOf(channels: Float32Array[], sampleRate: number): Uint8Array<ArrayBuffer> {
  const frames = channels[0]?.length ?? 0;
  const frameBytes = channels.length * 2;
  const bytes = new Uint8Array(HEADER_BYTES + frames * frameBytes);
  const view = new DataView(bytes.buffer);
  const text = (at: number, value: string): void => [...value].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, channels.length, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * frameBytes, true);
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, frames * frameBytes, true);
  let at = HEADER_BYTES;
  for (let i = 0; i < frames; ++i) {
    for (const channel of channels) {
      const sample = Math.max(-1, Math.min(1, channel[i]!));
      view.setInt16(at, Math.round(sample * 32_767), true);
      at += 2;
    }
  }
  return bytes;
}
