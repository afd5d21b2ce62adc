/** Says at the very end what failed and why, a line each: of a long log one sees the last lines first, or only them. */
import type { Reporter, TestCase, TestError, TestResult } from "@playwright/test/reporter";

export default class Summary implements Reporter {
  readonly #failed: string[] = [];

  onTestEnd(test: TestCase, { errors, status }: TestResult): void {
    if (status === test.expectedStatus || status === "skipped") return;
    const reasons = errors.map(({ message }) => inOneLine(message));
    this.#failed.push(`FAILED ${test.titlePath().slice(2).join(" › ")}: ${reasons.join("; ") || status}`);
  }

  onError({ message }: TestError): void {
    this.#failed.push(`ERROR ${inOneLine(message)}`);
  }

  onEnd(): void {
    for (const line of this.#failed) process.stdout.write(`${line}\n`);
  }
}

/** Without the colours of a terminal. */
function inOneLine(message = ""): string {
  const colours = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
  return message.replaceAll(colours, "").replaceAll(/\s+/g, " ").slice(0, 500);
}
