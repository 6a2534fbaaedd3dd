// Finds the rule of vercel.json's functions for source files as the vendor's own
// build does:
//
//     node globs.mjs
//
// Standard input has a list of {"source": …, "globs": […]}. Standard output gets for
// each, in a list, the index of the glob that decides, or -1. Like the vendor's builder
// for Python, it also tries the name of a Python file without .py.

import { readFileSync } from 'node:fs';
import buildUtils from '@vercel/build-utils';

const find = async ({ source, globs }) => {
  const functions = Object.fromEntries(globs.map((glob, i) => [glob, { memory: i }]));
  const sources = source.endsWith('.py') ? [source, source.slice(0, -'.py'.length)] : [source];
  for (const sourceFile of sources) {
    const { memory } = await buildUtils.getLambdaOptionsFromFunction({ sourceFile, config: { functions } });
    if (memory !== undefined) return memory;
  }
  return -1;
};
process.stdout.write(JSON.stringify(await Promise.all(JSON.parse(readFileSync(0, 'utf8')).map(find))));
