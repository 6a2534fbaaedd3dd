// Reads Build Output directories with the vendor's own packages:
//
//     node validate.mjs [--json] DIR...
//
// What is wrong goes to standard error, a line each, and the exit status is 1.
// With --json, standard output gets what the vendor makes of each directory
// that is right: {"DIR": {"blog/[slug]": "Lambda", "about": "FileFsRef", …}}.

import path from 'node:path';
import process from 'node:process';
import { readFile } from 'node:fs/promises';
import Ajv from 'ajv';
import buildUtils from '@vercel/build-utils';
import routingUtils from '@vercel/routing-utils';

const matchesSchema = new Ajv({ allErrors: true }).compile(routingUtils.routesSchema);

// checkRoutes returns what is wrong with the routes of a config.json.
function checkRoutes(routes) {
  const wrong = [];
  if (!matchesSchema(routes)) {
    for (const e of matchesSchema.errors) {
      wrong.push(`routes${e.dataPath} ${e.message} ${JSON.stringify(e.params)}`);
    }
  }
  const { error } = routingUtils.normalizeRoutes(routes);
  if (error) {
    wrong.push(...(error.errors ?? [error.message]));
  }
  return wrong;
}

// readTree returns the outputs of a directory, by path. A warning is as wrong
// as an error: there is nothing to be warned of in an output of ours.
async function readTree(dir, wrong) {
  const result = await buildUtils.deserializeBuildOutput({
    outputDir: dir,
    repoRootPath: dir,
    deserializeLambda: buildUtils.deserializeLambda,
    groupLambdas: async () => ({}),
    warn: (message) => wrong.push(message),
  });
  await buildUtils.validateBuildResult({ buildResponse: result });
  return result.output;
}

// validate returns the type of each output of a directory, by path, and adds
// what is wrong with the directory to wrong.
async function validate(dir, wrong) {
  const config = JSON.parse(await readFile(path.join(dir, 'config.json'), 'utf8'));
  wrong.push(...checkRoutes(config.routes ?? []));
  const output = await readTree(path.resolve(dir), wrong);
  return Object.fromEntries(Object.keys(output).sort().map((name) => [name, output[name].type]));
}

const args = process.argv.slice(2);
const dirs = args.filter((arg) => arg !== '--json');
if (dirs.length === 0 || dirs.some((dir) => dir.startsWith('-'))) {
  console.error('usage: node validate.mjs [--json] DIR...');
  process.exit(2);
}
const outputs = {};
for (const dir of dirs) {
  const wrong = [];
  try {
    outputs[dir] = await validate(dir, wrong);
  } catch (err) {
    wrong.push(err.message);
  }
  if (wrong.length > 0) {
    delete outputs[dir];
    process.exitCode = 1;
    for (const message of wrong) {
      console.error(`${dir}: ${message}`);
    }
  }
}
if (args.includes('--json')) {
  console.log(JSON.stringify(outputs, null, 2));
}
