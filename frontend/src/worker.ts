/** Keeps the website's own files on the device, so that it opens without a network. */
export function registerServiceWorker(): void {
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
  // The policy forbids scripts from strings; this one address is the exception it names.
  const policy = (
    window as {
      trustedTypes?: { createPolicy: (name: string, rules: object) => { createScriptURL: (url: string) => string } };
    }
  ).trustedTypes?.createPolicy("service-worker", { createScriptURL: (url: string) => url });
  const address = "/sw.js";
  navigator.serviceWorker.register(policy?.createScriptURL(address) ?? address).catch(() => undefined);
}
