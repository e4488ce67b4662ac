// Parses the sample of every grammar with V8 and web-tree-sitter's own loader, and compares the trees with those that
// `lockstep grammars --json` has printed: node .ci/trees.mjs RESULT.json
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('..', import.meta.url);
const modules = new URL('.lockstep/npm/node_modules/', root);
const { Parser, Language } = await import(new URL('web-tree-sitter/web-tree-sitter.js', modules));

function leb(value) {
    const bytes = [];
    do {
        bytes.push((value & 127) | (value > 127 ? 128 : 0));
        value >>>= 7;
    } while (value > 0);
    return bytes;
}

// The older section "dylink" has the four numbers of "dylink.0"'s first subsection, then what is needed, which is nothing here.
// web-tree-sitter reads only the newer one.
function asNewer(module) {
    let at = 8;
    const number = () => {
        let value = 0;
        for (let shift = 0; ; shift += 7) {
            const byte = module[at++];
            value |= (byte & 127) << shift;
            if (byte < 128) return value >>> 0;
        }
    };
    if (module[at++] !== 0) throw new Error('first section is not a custom one');
    const end = number() + at;
    const length = number();
    const name = module.toString('utf8', at, at + length);
    at += length;
    if (name !== 'dylink') throw new Error('section is not the older one: ' + name);
    const from = at;
    for (let i = 0; i < 4; i++) number();
    const info = [...module.subarray(from, at)];
    if (number() !== 0) throw new Error('something is needed');
    const section = [8, ...Buffer.from('dylink.0'), 1, ...leb(info.length), ...info];
    return Buffer.concat([module.subarray(0, 8), Buffer.from([0, ...leb(section.length), ...section]), module.subarray(end)]);
}

// Their own loader can be given more libraries: what bash and yaml lack.
const support = fileURLToPath(new URL('demo/c/modules/grammar_support.wasm', root));
await Parser.init({ dynamicLibraries: [support], locateFile: (path, directory) => (path === support ? path : directory + path) });

const { trees } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
let wrong = 0;
for (const { grammar, sample, tree } of trees) {
    const module = readFileSync(new URL(`tree-sitter-wasms/out/tree-sitter-${grammar}.wasm`, modules));
    const parser = new Parser();
    parser.setLanguage(await Language.load(asNewer(module)));
    const node = parser.parse(readFileSync(sample, 'utf8')).rootNode;
    const digits = createHash('sha256').update(node.toString()).digest('hex').slice(0, 16);
    const actual = `${digits}/${node.descendantCount}${node.hasError ? '/errors' : ''}`;
    if (actual !== tree) {
        console.error(`trees: tree differs: grammar=${grammar} found=${tree} v8=${actual}`);
        wrong++;
    }
}
console.log(`trees: grammars=${trees.length} as v8's=${trees.length - wrong}`);
process.exit(trees.length > 0 && wrong === 0 ? 0 : 1);
