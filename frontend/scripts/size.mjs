/** Everything that a first visit with sign-in loads: the whole of dist/, since nothing in it is only for later. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const LIMIT = 90_000;
const DIST = new URL("../dist/", import.meta.url).pathname;

// gzip, because CloudFront's brotli is never larger: what users load is less.
const rows = readdirSync(DIST, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return { name: path.slice(DIST.length), size: gzipSync(readFileSync(path), { level: 6 }).length };
  })
  .sort((a, b) => b.size - a.size);

const total = rows.reduce((sum, row) => sum + row.size, 0);
for (const { name, size } of rows) console.log(`${String(size).padStart(7)}  ${name}`);
console.log(`${String(total).padStart(7)}  bytes in all, gzip; the limit is ${LIMIT}`);
if (total > LIMIT) {
  console.error(`The website is ${total - LIMIT} bytes too large.`);
  process.exit(1);
}
