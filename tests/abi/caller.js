// caller.js - a Node program that calls libattn through koffi, by declarations written by hand, as any language does that speaks
// C's ABI: pointers to opaque handles, structs whose first member is their size, 32-bit statuses, and a line for what was wrong.
// Run by foreign.sh: node caller.js LIBRARY.
'use strict';
const assert = require('assert');
const koffi = require('koffi');

const library = koffi.load(process.argv[2]);
const handle = (name) => koffi.pointer(name, koffi.opaque());
const context = handle('attn_context'), params = handle('attn_params'), attention = handle('attn_attention');
koffi.opaque('attn_tape');
const failed = koffi.proto('void attn_failed(void *user, int32_t status, const char *line)');
const ContextOptions = koffi.struct('attn_context_options', {
    struct_size: 'size_t', threads: 'int32_t', isa: 'int32_t', allocate: 'void *', release: 'void *', user: 'void *',
    failed: koffi.pointer(failed), interrupted: 'void *', interval: 'int32_t', precision: 'int32_t'
});
const AttentionOptions = koffi.struct('attn_attention_options', {
    struct_size: 'size_t', score: 'int32_t', padding: 'int32_t', attention_dim: 'int64_t', outer_tanh: 'int32_t', init: 'int32_t',
    query_dim: 'int64_t', weighting: 'int32_t', temperature: 'float'
});
const version = library.func('const char *attn_version()');
const lastError = library.func('const char *attn_last_error()');
const contextCreate = library.func('attn_context_create', 'int32_t',
    [koffi.pointer(ContextOptions), koffi.out(koffi.pointer(context))]);
const paramsCreate = library.func('attn_params_create', 'int32_t', [context, 'void *', koffi.out(koffi.pointer(params))]);
const paramsSize = library.func('attn_params_size', 'int64_t', [params]);
const attentionCreate = library.func('attn_attention_create', 'int32_t',
    [params, 'str', 'int64_t', koffi.pointer(AttentionOptions), koffi.out(koffi.pointer(attention))]);
const forward = library.func('attn_attention_forward', 'int32_t',
    [attention, 'void *', 'int64_t', 'int64_t', 'float *', 'int32_t *', koffi.out('float *'), koffi.out('float *')]);
const destroys = [['attn_attention', attention], ['attn_params', params], ['attn_context', context]].map(
    ([name, type]) => library.func(`${name}_destroy`, 'void', [koffi.inout(koffi.pointer(type))]));

const ARGUMENT = 10, SPARSEMAX = 1;
const line = 'attn_attention_forward: lengths[1] is 5; expected 0 to 4';
let failures = 0;
const count = koffi.register((user, status, said) => {
    assert.strictEqual(status, ARGUMENT);
    assert.strictEqual(said, line);
    failures++;
}, koffi.pointer(failed));

const held = [[null], [null], [null]];
const options = {
    struct_size: koffi.sizeof(ContextOptions), threads: 1, isa: 0, allocate: null, release: null, user: null, failed: count,
    interrupted: null, interval: 0, precision: 0
};
assert.strictEqual(contextCreate(options, held[2]), 0);
assert.strictEqual(paramsCreate(held[2][0], null, held[1]), 0);
const sparse = {
    struct_size: koffi.sizeof(AttentionOptions), score: 0, padding: 0, attention_dim: 8, outer_tanh: 0, init: 0, query_dim: 0,
    weighting: SPARSEMAX, temperature: 0.5
};
assert.strictEqual(attentionCreate(held[1][0], 'attention', 3, sparse, held[0]), 0);
assert.strictEqual(Number(paramsSize(held[1][0])), 8 * 3 + 8 + 8 + 1); // W, b, v, c

const memory = Float32Array.from({length: 24}, (_, i) => i % 5 ? -0.5 : 1); // [2, 4, 3]
const weights = new Float32Array(8).fill(9), summary = new Float32Array(6).fill(9);
const attend = (...lengths) => forward(held[0][0], null, 2, 4, memory, Int32Array.from(lengths), weights, summary);
assert.strictEqual(attend(4, 5), ARGUMENT);
assert.strictEqual(lastError(), line);
assert.strictEqual(failures, 1);
assert.strictEqual(attend(4, 2), 0);
destroys.forEach((destroy, i) => destroy(held[i]));
assert.deepStrictEqual(held, [[null], [null], [null]]);

for (const row of [weights.subarray(0, 4), weights.subarray(4)])
    assert(Math.abs(row.reduce((sum, weight) => sum + weight) - 1) < 1e-6, `weights of ${row}`);
assert(weights.subarray(0, 4).includes(0), `not sparse: ${weights}`);
assert.deepStrictEqual([...weights.subarray(6)], [0, 0]);
for (let d = 0; d < 3; d++) {
    let expected = 0;
    for (let j = 0; j < 4; j++)
        expected += weights[4 + j] * memory[12 + 3 * j + d];
    assert(Math.abs(summary[3 + d] - expected) < 1e-6);
}
console.log(`attn ${version()}: weights [${[...weights].join(', ')}]`);
