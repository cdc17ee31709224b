// Keeps the screen on while music plays, if the browser can.

let lock: WakeLockSentinel | null = null;
let isWanted = false;

async function request(): Promise<void> {
  if (!isWanted || lock || document.hidden || !("wakeLock" in navigator)) return;
  try {
    lock = await navigator.wakeLock.request("screen");
    // The browser takes it back when the page is hidden.
    lock.addEventListener("release", () => (lock = null));
    if (!isWanted) void lock.release();
  } catch {
    // Refused, for example with little battery left.
  }
}

export function keepAwake(isPlaying: boolean): void {
  isWanted = isPlaying;
  if (isPlaying) void request();
  else void lock?.release();
}

document.addEventListener("visibilitychange", () => void request());
