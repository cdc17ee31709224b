// Starts the page: shows it at once, then fetches the piano, the engine and the model.

import "./style.css";

import { model, piano } from "virtual:files";

import { EngineError } from "./engine/engine";
import { ServerEngine } from "./engine/server_engine";
import { WasmEngine } from "./engine/wasm_engine";
import { fetchKept, worksOffline } from "./offline";
import { App } from "./page/app";
import { notice } from "./page/notices";
import { Piano } from "./sound/piano";

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

const engine = new WasmEngine();
const app = new App(openModel);
app.openLink(location.hash);

async function openModel(file: File): Promise<void> {
  const bytes = await file.arrayBuffer();
  const hash = [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))].slice(0, 8).map((byte) => byte.toString(16).padStart(2, "0")).join("");
  try {
    await engine.load(bytes, file.name.replace(/\.safetensors$/, ""), hash);
    app.setEngine(engine);
    notice(`${file.name} plays now.`);
  } catch (error) {
    notice(error instanceof EngineError ? `${file.name}: ${error.message}` : `${file.name} could not be read.`, { isError: true });
  }
}

async function start(): Promise<void> {
  const total = model.bytes + piano.bytes;
  const got = { model: 0, piano: 0 };
  const progress = (name: "model" | "piano") => (bytes: number): void => {
    got[name] = bytes;
    app.setStatus(`Fetching pno: ${megabytes(got.model + got.piano)} of ${megabytes(total)} MB. Only once; after that it works offline.`);
  };
  const loadPiano = async (): Promise<void> => {
    const bank = await fetchKept(piano, progress("piano"));
    app.setPiano(await Piano.open(bank), bank);
  };
  const loadEngine = async (): Promise<void> => {
    const bytes = await fetchKept(model, progress("model"));
    await engine.load(bytes, "pno piano", model.hash);
    // Served by `pno serve`: the engine of that computer plays.
    app.setEngine((await ServerEngine.find(engine, notice)) ?? engine);
  };
  try {
    await Promise.all([loadPiano(), loadEngine()]);
  } catch (error) {
    console.error(error);
    return notice("pno could not be fetched. The pianist and your own keys play meanwhile.", { isError: true, action: { label: "Try again", run: () => void start() } });
  }
  app.setStatus("Ready");
  if (await worksOffline([model, piano])) app.setStatus("Ready, works offline");
}

void start();
