/** What is sent with every file, here as on CloudFront. */
import { readFileSync } from "node:fs";
import { expect, test } from "./test";

const { headers } = JSON.parse(readFileSync(new URL("../security-headers.json", import.meta.url), "utf8")) as {
  headers: Record<string, string>;
};

test("the policy allows no inline script or style, and only the known origins", async ({ request }) => {
  const policy = (await request.get("/")).headers()["content-security-policy"] ?? "";
  expect(policy).not.toMatch(/unsafe|[{}*]|https?:(\s|;|$)/);
  const allowed = policy.match(/https?:[^\s;]+/g) ?? [];
  const config = await (await request.get("/config.json")).json();
  expect(new Set(allowed)).toEqual(
    new Set([config.todosUrl, config.filesUrl, config.cognitoEndpoint, config.filesOrigin]),
  );
});

test("every address of the website answers with the page, what does not exist with 404, both guarded", async ({
  request,
}) => {
  const page = await request.get("/completed?todo=x");
  expect(page.headers()).toMatchObject({ "content-type": "text/html", "cache-control": "no-cache" });
  const script = (await page.text()).match(/\/assets\/[^"]+\.js/)?.[0] ?? "";
  expect((await request.get(script)).headers()["cache-control"]).toBe("public, max-age=31536000, immutable");
  const missing = await request.get("/assets/missing.js");
  expect(missing.status()).toBe(404);
  for (const answer of [page, missing]) {
    for (const name of Object.keys(headers)) {
      // Over plain http, on a host that other programs share, it would do harm.
      if (name !== "Strict-Transport-Security") expect(answer.headers()[name.toLowerCase()], name).toBeDefined();
    }
  }
});

test("a script that somebody smuggles into the page does not run", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
  const ran = await page.evaluate(() => {
    try {
      const script = document.createElement("script");
      script.textContent = "window.smuggled = true";
      document.body.append(script);
    } catch {
      // Trusted Types refuse the string already.
    }
    return "smuggled" in window;
  });
  expect(ran).toBe(false);
});
