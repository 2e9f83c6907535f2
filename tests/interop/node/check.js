// What every step of the program is made of: a line for it, and checks that say what was expected.

import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { Gitlab } from "@gitbeaker/rest";

export const LIBRARY = "node";
const counts = { steps: 0, checks: 0 };

/** The server gave another answer than the expected one. */
class Wrong extends Error {}

/** A client of the person whose token it is. */
export const signIn = (token, host = process.env.COUNTERSIGN_URL) => new Gitlab({ host, token });

/** Prints a line for what `body` does; the first thing wrong ends the program. */
export async function step(name, body) {
  process.stdout.write(`${`${LIBRARY.padEnd(7)} ${name} `.padEnd(56, ".")} `);
  try {
    await body();
  } catch (error) {
    console.log("FAILED");
    console.error(error instanceof Wrong ? error.message : error);
    process.exit(1);
  }
  counts.steps += 1;
  console.log("ok");
}

/** Both values must be equal. */
export function same(what, got, expected) {
  counts.checks += 1;
  if (!isDeepStrictEqual(got, expected)) {
    throw new Wrong(`${what}: expected ${JSON.stringify(expected)}, but got ${JSON.stringify(got)}`);
  }
}

/** The row must have these values; it may have more. */
export function shows(what, got, expected) {
  same(what, Object.fromEntries(Object.keys(expected).map((name) => [name, got[name]])), expected);
}

/** The call must fail with the library's error for a refusal, this status and these words in its description. */
export async function refused(status, text, call) {
  const what = `a refusal ${status} with "${text}"`;
  const caught = await call().then((result) => new Wrong(`${what}: got ${JSON.stringify(result)}`), (error) => error);
  if (caught instanceof Wrong) throw caught;
  same(what, [caught.name, caught.cause?.response?.status ?? caught.message], ["GitbeakerRequestError", status]);
  same(`${what}: words in ${caught.cause.description}`, caught.cause.description.includes(text), true);
}

/** Prints how much was checked. */
export function total() {
  const file = new URL("node_modules/@gitbeaker/rest/package.json", import.meta.url);
  const { name, version } = JSON.parse(readFileSync(file, "utf8"));
  console.log(`${LIBRARY.padEnd(7)} ${counts.steps} steps, ${counts.checks} checks passed: ${name} ${version}`);
}
