// Large files with progress, kept in the browser's cache, and the service worker.

const CACHE = "pno-files";

export interface LargeFile {
  url: string;
  bytes: number;
}

/** The file, from the cache if it is there. Throws if it cannot be fetched. */
export async function fetchKept(file: LargeFile, progress: (bytes: number) => void): Promise<ArrayBuffer> {
  const url = new URL(file.url, location.href).href;
  const cache = await openCache();
  const kept = await cache?.match(url);
  if (kept) {
    const bytes = await kept.arrayBuffer();
    if (bytes.byteLength === file.bytes) {
      progress(file.bytes);
      return bytes;
    }
  }
  const response = await fetch(url);
  if (!response.ok || !response.body) throw new Error(`${response.status} ${response.statusText}`);
  const bytes = new Uint8Array(file.bytes);
  let at = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (at + value.length > bytes.length) throw new Error("the file is longer than it should be");
    bytes.set(value, at);
    at += value.length;
    progress(at);
  }
  if (at !== bytes.length) throw new Error("the file was cut short");
  await cache?.put(url, new Response(bytes, { headers: { "Content-Type": "application/octet-stream" } })).catch(() => {});
  return bytes.buffer;
}

/** Null if the browser has none here: in an insecure context, for example. */
async function openCache(): Promise<Cache | null> {
  try {
    return await caches.open(CACHE);
  } catch {
    return null;
  }
}

/** True when the page will open without the network. */
export async function worksOffline(files: LargeFile[]): Promise<boolean> {
  if (!("serviceWorker" in navigator) || !import.meta.env.PROD) return false;
  try {
    await navigator.serviceWorker.register("./sw.js");
    await navigator.serviceWorker.ready;
    const cache = await openCache();
    const kept = await Promise.all(files.map((file) => cache?.match(new URL(file.url, location.href).href)));
    return kept.every(Boolean);
  } catch {
    return false;
  }
}
