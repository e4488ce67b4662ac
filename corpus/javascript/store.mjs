import fs, { promises as io } from 'node:fs';
import * as path from 'node:path';

const DEFAULTS = Object.freeze({ flush: 250, indent: 2, onError: (e) => { throw e; } });

/* A little key/value store that writes itself to a file some time after it changed. */
export function openStore(file, options = {}) {
  const settings = { ...DEFAULTS, ...options };
  const data = new Map(load(file));
  const watchers = new Set();
  let timer = null;

  function load(name) {
    if (!fs.existsSync(name)) return [];
    const text = fs.readFileSync(name, 'utf8');
    return text.trim() === '' ? [] : Object.entries(JSON.parse(text));
  }

  function schedule() {
    timer ??= setTimeout(async () => {
      timer = null;
      const body = JSON.stringify(Object.fromEntries(data), null, settings.indent);
      try {
        await io.mkdir(path.dirname(file), { recursive: true });
        await io.writeFile(`${file}.new`, body);
        await io.rename(`${file}.new`, file);
      } catch (e) {
        settings.onError(e);
      }
    }, settings.flush);
  }

  const notify = (key, before, after) => watchers.forEach((watch) => watch(key, before, after));

  return {
    get: (key, otherwise) => data.get(key) ?? otherwise,
    set(key, value) {
      const before = data.get(key);
      if (Object.is(before, value)) return this;
      data.set(key, value);
      notify(key, before, value);
      schedule();
      return this;
    },
    remove(key) {
      if (data.has(key)) {
        notify(key, data.get(key), undefined);
        data.delete(key);
        schedule();
      }
    },
    watch(f) {
      watchers.add(f);
      return () => watchers.delete(f);
    },
    get size() { return data.size; },
    set size(ignored) { throw new TypeError('size is read-only'); },
  };
}

export const html = (parts, ...values) =>
  parts.reduce((all, part, i) => all + part + (i < values.length ? String(values[i]).replace(/[<>&"]/gu, (c) => `&#${c.codePointAt(0)};`) : ''), '');

if (import.meta.url === `file://${process.argv[1]}`) {
  const store = openStore(process.argv[2] || './store.json', { flush: 10 });
  store.set('runs', (store.get('runs', 0) | 0) + 1).set('last', new Date().toISOString());
  do {
    process.stdout.write(html`<b>${store.size}</b>\n`);
  } while (!true);
}
