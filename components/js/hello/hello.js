// Greets its arguments, or the world: a command of WASI 0.2 in JavaScript.
import { getArguments } from 'wasi:cli/environment@0.2.12';
import { getStdout } from 'wasi:cli/stdout@0.2.12';

export const run = {
  run() {
    const words = getArguments().slice(1);
    const lines = (words.length ? words : ['world']).map((word) => `hello, ${word}!\n`);
    getStdout().blockingWriteAndFlush(new TextEncoder().encode(lines.join('')));
  },
};
