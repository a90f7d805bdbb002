// ONNX Runtime peer: the model that `peer_torch.py export` wrote, timed as bench_model times libattn's.
//
//     node peer_onnx.mjs WHAT --modules FOLDER --file MODEL [OPTION VALUE]...
//
//     infer, one   as bench_model's; one line of JSON
//     check        the largest difference from the logits that PyTorch left in MODEL.json; above 1e-4 it is an error
//
//     --modules FOLDER   where `npm install --ignore-scripts onnxruntime-node` was run
//     --threads 2   --batch 256   --time 300   --batches 1   --rounds 0
//     --lengths FILE   --ids FILE   as bench_model dumps them; else full rows, random ids
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const VOCAB = 30000;
const TOLERANCE = 1e-4; // float32 sums in another order, through as many steps as the check's rows have tokens
const ROUNDS = { infer: 3, one: 31 };

const what = process.argv[2];
const options = { threads: 2, batch: 256, time: 300, batches: 1, rounds: 0 };
for (let i = 3; i < process.argv.length; i += 2) {
  const name = process.argv[i].replace(/^--/, "");
  options[name] = name in options ? Number(process.argv[i + 1]) : process.argv[i + 1];
}
const require = createRequire(resolve(options.modules) + "/");
const ort = require("onnxruntime-node");
const version = require("onnxruntime-node/package.json").version;

function readNumbers(path) {
  return readFileSync(path, "ascii").trim().split("\n").map(Number);
}

// Rows of ids to what the model takes; a batch is as long as its longest row.
function makeBatch(rows) {
  const time = Math.max(...rows.map((row) => row.length));
  const ids = new BigInt64Array(rows.length * time);
  const mask = new Uint8Array(rows.length * time);
  rows.forEach((row, b) =>
    row.forEach((id, t) => {
      ids[b * time + t] = BigInt(id);
      mask[b * time + t] = 1;
    }),
  );
  const shape = [rows.length, time];
  return { ids: new ort.Tensor("int64", ids, shape), mask: new ort.Tensor("bool", mask, shape) };
}

function makeRows() {
  const lengths = options.lengths
    ? readNumbers(options.lengths)
    : Array(options.batch * options.batches).fill(options.time);
  const ids = options.ids ? readNumbers(options.ids) : null;
  let used = 0;
  return lengths.map((length) => {
    used += length;
    return ids
      ? ids.slice(used - length, used)
      : Array.from({ length }, () => 1 + Math.floor(Math.random() * (VOCAB - 1)));
  });
}

function makeBatches(rows) {
  const batches = [];
  for (let start = 0; start + options.batch <= rows.length; start += options.batch)
    batches.push(rows.slice(start, start + options.batch));
  return what === "one" ? [batches[batches.length - 1].slice(0, 1)] : batches;
}

async function check(session) {
  const known = JSON.parse(readFileSync(options.file + ".json", "ascii"));
  const rows = known.ids.map((row, b) => row.slice(0, known.lengths[b]));
  const { logits } = await session.run(makeBatch(rows));
  const difference = Math.max(...known.logits.flat().map((value, i) => Math.abs(value - logits.data[i])));
  console.log(JSON.stringify({ what, peer: "ONNX Runtime " + version, difference }));
  if (!(difference <= TOLERANCE)) process.exit(1);
}

async function measure(session) {
  const rows = makeBatches(makeRows());
  const batches = rows.map(makeBatch);
  const times = [];
  for (let round = -1; round < (options.rounds || ROUNDS[what]); round++) {
    const start = performance.now();
    for (const batch of batches) await session.run(batch);
    if (round >= 0) times.push((performance.now() - start) / 1000); // the first one warms up
  }
  const sorted = [...times].sort((a, b) => a - b);
  const median = (sorted[(times.length - 1) >> 1] + sorted[times.length >> 1]) / 2;
  console.log(
    JSON.stringify({
      what,
      peer: "ONNX Runtime " + version,
      threads: options.threads,
      batch: options.batch,
      time: options.time,
      batches: rows.length,
      tokens: rows.flat(2).length,
      median_s: median,
      items_per_s: rows.flat().length / median,
      times,
    }),
  );
}

const session = await ort.InferenceSession.create(options.file, {
  executionProviders: ["cpu"],
  graphOptimizationLevel: "all",
  intraOpNumThreads: options.threads,
  interOpNumThreads: 1,
});
await (what === "check" ? check(session) : measure(session));
