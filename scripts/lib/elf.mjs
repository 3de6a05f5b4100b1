// Reads and sets where an ELF library (Linux) looks for other libraries. A library comes with the search path of the
// machine that built it, and an empty or relative entry means the current directory of whoever loads it.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The only entry that is allowed: the library's own folder. */
export const ownFolder = '$ORIGIN';

const segment = { load: 1, dynamic: 2 };
const tag = { needed: 1, stringTable: 5, rpath: 15, bindNow: 24, runpath: 29, flags: 30 };
/** Tags besides DT_NEEDED that name a library to load: auxiliary, filter, audit, depaudit. */
const otherLibraries = [0x7ffffffd, 0x7fffffff, 0x6ffffefc, 0x6ffffefb];
const flagBindNow = 8n;

/**
 * @returns undefined for a file that is no 64-bit ELF, else: needed (names of libraries) · searchPath (entries;
 * undefined when the library has none) · bindNow (true when all functions are bound at loading) · text (bytes as
 * Latin-1)
 * @throws Error for a damaged file
 */
export function readElf(file) {
  const bytes = readFileSync(file);
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46) return undefined;
  if (bytes[4] !== 2 || bytes[5] !== 1) throw new Error(`${file} is no 64-bit little-endian ELF file.`);
  const headers = Array.from({ length: bytes.readUInt16LE(56) }, (_, i) => {
    const at = Number(bytes.readBigUInt64LE(32)) + i * bytes.readUInt16LE(54);
    const word = (offset) => Number(bytes.readBigUInt64LE(at + offset));
    return { type: bytes.readUInt32LE(at), offset: word(8), address: word(16), size: word(32) };
  });
  const dynamic = headers.find(({ type }) => type === segment.dynamic);
  const entries = [];
  for (let at = dynamic?.offset ?? 0; dynamic && at < dynamic.offset + dynamic.size; at += 16) {
    const entry = { tag: Number(bytes.readBigUInt64LE(at)), value: bytes.readBigUInt64LE(at + 8) };
    if (entry.tag === 0) break;
    entries.push(entry);
  }
  const table = entries.find((entry) => entry.tag === tag.stringTable);
  const place = ({ value }) => {
    const address = Number(table.value + value);
    const load = headers.find(
      (header) =>
        header.type === segment.load && address >= header.address && address < header.address + header.size,
    );
    if (!load) throw new Error(`The dynamic section of ${file} is damaged.`);
    return load.offset + address - load.address;
  };
  const strings = (...tags) =>
    entries
      .filter((entry) => tags.includes(entry.tag))
      .map((entry) => {
        const from = place(entry);
        return { from, text: bytes.toString('utf8', from, bytes.indexOf(0, from)) };
      });
  const paths = strings(tag.rpath, tag.runpath);
  return {
    bytes,
    paths,
    needed: strings(tag.needed, ...otherLibraries).map(({ text }) => text),
    searchPath: paths.length === 0 ? undefined : paths.flatMap(({ text }) => text.split(':')),
    bindNow: entries.some(
      (entry) => entry.tag === tag.bindNow || (entry.tag === tag.flags && entry.value & flagBindNow),
    ),
  };
}

/** Makes a library look for others in its own folder only. A file without a search path stays as it is. */
export function searchOwnFolder(file) {
  const elf = readElf(file);
  if (!elf) return;
  for (const { from, text } of elf.paths) {
    // Written in place, because the string table cannot grow. Nothing else may use a part of this string; no symbol's
    // name ends like it.
    if (Buffer.byteLength(text) < ownFolder.length)
      throw new Error(
        `${file} has the search path '${text}', which is too short to be replaced; link it with -Wl,-rpath,'${ownFolder}'.`,
      );
    elf.bytes.fill(0, from, from + Buffer.byteLength(text));
    elf.bytes.write(ownFolder, from, 'latin1');
  }
  if (elf.paths.length > 0) writeFileSync(file, elf.bytes);
}

/**
 * Throws unless every library below a folder looks for others only in its own folder and in the system's.
 *
 * @throws Error with a line for each wrong one
 */
export function checkSearchPaths(folder) {
  const wrong = [];
  for (const entry of readdirSync(folder, { recursive: true })) {
    const file = path.join(folder, entry);
    if (!/\.(node|so)(\.[\w.]+)?$/.test(file)) continue;
    const elf = readElf(file);
    for (const name of elf?.searchPath ?? [])
      if (name !== ownFolder) wrong.push(`${file} looks for libraries in '${name}'`);
    // A name with a slash is a path relative to the current directory.
    for (const name of elf?.needed ?? []) if (name.includes('/')) wrong.push(`${file} loads '${name}'`);
  }
  if (wrong.length > 0)
    throw new Error(`Libraries that may load what lies in a foreign folder:\n${wrong.join('\n')}`);
}
