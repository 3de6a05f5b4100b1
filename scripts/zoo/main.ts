/** Entry of `npm run zoo`: command.ts with this process's arguments and outputs. */
import { runCommand } from './command';

void runCommand(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  note: (text) => void process.stderr.write(text),
}).then((code) => (process.exitCode = code));
