// Serves dist/ on localhost, and opens pages of it in Debian's Chromium.

import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const TYPES = {
  ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".wasm": "application/wasm",
  ".woff2": "font/woff2", ".webmanifest": "application/manifest+json",
};

export const DIST = fileURLToPath(new URL("../dist", import.meta.url));

/** `throttle`: bytes a second for each answer; 0: as fast as possible. `folder` has the built page. */
export async function serve({ throttle = 0, folder = DIST } = {}) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
    const file = join(folder, path === "/" ? "index.html" : path);
    if (!file.startsWith(folder) || !existsSync(file) || !statSync(file).isFile()) {
      response.statusCode = 404;
      return response.end();
    }
    response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream");
    response.setHeader("Content-Length", statSync(file).size);
    const stream = createReadStream(file, { highWaterMark: throttle ? Math.ceil(throttle / 50) : 65_536 });
    if (!throttle) return stream.pipe(response);
    stream.on("data", (part) => {
      stream.pause();
      response.write(part);
      setTimeout(() => stream.resume(), (part.length / throttle) * 1000);
    });
    stream.on("end", () => response.end());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    stop: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    }),
  };
}

export async function launch() {
  const executablePath = process.env.PNO_CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
  if (!executablePath) throw new Error("chromium was not found; scripts/dependencies.sh --web installs it");
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--autoplay-policy=user-gesture-required", "--use-fake-ui-for-media-stream", "--disable-background-networking"],
  });
}
