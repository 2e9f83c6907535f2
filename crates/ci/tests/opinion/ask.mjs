// Asks gitlab-ci-local what it makes of configurations. Standard input is a JSON list of cases: `dir`, a repository with
// the file in it, and `args`, what is known of the pipeline. Standard output is the answers in the same order: `error`, if
// it refuses the file; and, unless it could not go on, `jobs`, what it would run, and `config`, the configuration as it put
// it together.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { load } from "js-yaml";

const program = fileURLToPath(import.meta.resolve("gitlab-ci-local"));

function run({ dir, args }, more) {
  // A process ends before it would be worth while to optimise what it runs.
  const given = ["--no-opt", program, "--list-json", "--home", dir, "--no-color", ...args, ...more];
  return new Promise((resolve) => {
    execFile(process.execPath, given, { cwd: dir, maxBuffer: 64 << 20 }, (failed, stdout, stderr) => {
      if (failed) return resolve({ error: stderr });
      const config = load(readFileSync(join(dir, ".gitlab-ci-local/expanded-gitlab-ci.yml"), "utf8"));
      // Warnings may stand before the list.
      resolve({ jobs: JSON.parse(stdout.slice(stdout.search(/^\[(\]|$)/m))), config });
    });
  });
}

async function ask(question) {
  const answer = await run(question, []);
  // What only its JSON schema refuses, it could run.
  if (!answer.error?.includes("--json-schema-validation=false")) return answer;
  return { ...(await run(question, ["--json-schema-validation=false"])), error: answer.error };
}

const cases = JSON.parse(readFileSync(0, "utf8"));
const answers = new Array(cases.length);
let next = 0;
async function work() {
  while (next < cases.length) {
    const at = next++;
    answers[at] = await ask(cases[at]);
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work));
process.stdout.write(JSON.stringify(answers));
