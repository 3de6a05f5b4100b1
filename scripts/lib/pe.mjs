// Lists the names that a Windows DLL exports. build-native.mjs makes import libraries from them, because the npm
// packages have none.
import { readFileSync } from 'node:fs';

/**
 * @returns {string[]} exported names, in the file's order
 * @throws Error for a file that is no PE image
 */
export function exportedNames(file) {
  const bytes = readFileSync(file);
  const header = bytes.length > 64 && bytes.toString('latin1', 0, 2) === 'MZ' ? bytes.readUInt32LE(60) : 0;
  if (header === 0 || bytes.toString('latin1', header, header + 4) !== 'PE\0\0')
    throw new Error(`${file} is no Windows library.`);
  const optional = header + 24;
  const is64 = bytes.readUInt16LE(optional) === 0x20b;
  const exportTable = bytes.readUInt32LE(optional + (is64 ? 112 : 96));
  if (exportTable === 0) return [];
  const sections = Array.from({ length: bytes.readUInt16LE(header + 6) }, (_, i) => {
    const at = optional + bytes.readUInt16LE(header + 20) + 40 * i;
    return {
      size: Math.max(bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at + 16)),
      address: bytes.readUInt32LE(at + 12),
      offset: bytes.readUInt32LE(at + 20),
    };
  });
  const place = (address) => {
    const section = sections.find((one) => address >= one.address && address < one.address + one.size);
    if (!section) throw new Error(`The export table of ${file} is damaged.`);
    return address - section.address + section.offset;
  };
  const table = place(exportTable);
  const names = place(bytes.readUInt32LE(table + 32));
  return Array.from({ length: bytes.readUInt32LE(table + 24) }, (_, i) => {
    const from = place(bytes.readUInt32LE(names + 4 * i));
    return bytes.toString('latin1', from, bytes.indexOf(0, from));
  });
}

/** A module definition file, which Microsoft's `lib` and LLVM's `llvm-dlltool` turn into an import library. */
export function moduleDefinition(library, names) {
  return `LIBRARY ${library}\nEXPORTS\n${names.map((name) => `  ${name}\n`).join('')}`;
}
