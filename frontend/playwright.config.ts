import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig } from "@playwright/test";
import { TIME_ZONE } from "./e2e/noon";
import { FIRST_PORT, WEBSITE } from "./e2e/ports";

const ROOT = resolve(import.meta.dirname, "..");
const PYTHON = process.env.PYTHON ?? ".venv/bin/python";
/** A browser of the system's; without one, Playwright's own, which `npx playwright install chromium` brings. */
const CHROMIUM = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"].find(
  (path) => path && existsSync(path),
);

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  timeout: 60_000,
  expect: { timeout: 10_000 },
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  workers: 2,
  // A test that passes only when it is repeated hides a fault, of the website's or of its own.
  retries: 0,
  reporter: [["list"], ["./e2e/summary.ts"]],
  use: {
    baseURL: WEBSITE,
    browserName: "chromium",
    locale: "en-GB",
    timezoneId: TIME_ZONE,
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    // The page's own motion would only be waited for.
    contextOptions: { reducedMotion: "reduce" },
    launchOptions: {
      ...(CHROMIUM ? { executablePath: CHROMIUM } : {}),
      // Chromium's sandbox refuses root; the rest keeps the browser from calls of its own.
      args: [
        ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
      ],
    },
  },
  webServer: {
    command: `${PYTHON} -m deploy.local.run --first-port ${FIRST_PORT} --logs frontend/test-results/logs`,
    cwd: ROOT,
    // A test makes a thousand to-dos at once.
    env: { USER_RATE: "1000000/1" },
    wait: { stdout: /Ready\./ },
    timeout: 90_000,
    gracefulShutdown: { signal: "SIGTERM", timeout: 30_000 },
  },
});
