/** Ports of its own, so that a running `make run` is not in the way. */
export const FIRST_PORT = Number(process.env.E2E_FIRST_PORT ?? 28_081);
export const WEBSITE = `http://localhost:${FIRST_PORT - 1}`;
export const TODOS = `http://localhost:${FIRST_PORT}`;
export const FILES = `http://localhost:${FIRST_PORT + 1}`;
export const AWS = `http://localhost:${FIRST_PORT + 2}`;
