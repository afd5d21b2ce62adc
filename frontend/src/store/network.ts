import { signal } from "@preact/signals";

/** Whether the last thing we know of the network is that it works. */
export const online = signal(typeof navigator === "undefined" || navigator.onLine !== false);

export function watchNetwork(): void {
  addEventListener("online", () => {
    online.value = true;
  });
  addEventListener("offline", () => {
    online.value = false;
  });
}
