// Makes the routes of vercel.json files as the vendor's own build does:
//
//     node vercel.mjs
//
// Standard input has a list of what such files hold. Standard output gets for
// each, in a list, its routes, or {"error": "…"}.

import { readFileSync } from 'node:fs';
import routingUtils from '@vercel/routing-utils';

// The package writes to the console what it finds remarkable.
console.log = () => {};
console.error = () => {};

const routes = JSON.parse(readFileSync(0, 'utf8')).map((config) => {
  const { routes, error } = routingUtils.getTransformedRoutes(config);
  return error ? { error: error.message } : (routes ?? []);
});
process.stdout.write(JSON.stringify(routes));
