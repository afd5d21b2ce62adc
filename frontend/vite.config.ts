import { defineConfig, type Plugin } from "vite";

/** The service worker keeps the website's own files for offline use, so it must know their hashed names. */
function listFilesInServiceWorker(): Plugin {
  return {
    name: "list-files-in-service-worker",
    generateBundle(_, bundle) {
      const worker = bundle["sw.js"];
      if (worker?.type !== "chunk") return;
      const names = Object.keys(bundle).filter((name) => name.startsWith("assets/"));
      worker.code = worker.code.replace(/["'`]__FILES__["'`]/, JSON.stringify(names.map((name) => `/${name}`)));
    },
  };
}

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [listFilesInServiceWorker()],
  build: {
    target: "es2022",
    // An inlined file would need data: in the Content-Security-Policy.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: { index: "index.html", sw: "src/sw.ts" },
      output: {
        // A service worker must keep its name: a browser asks for that name when it looks for a newer one.
        entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
      },
    },
  },
  // Some load the modules of the website two or three times over: more than 5 s where others keep the machine busy.
  test: { include: ["tests/**/*.test.ts"], environment: "node", testTimeout: 30_000 },
} as Parameters<typeof defineConfig>[0]);
