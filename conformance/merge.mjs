// Merges the routes of a vercel.json with those of a framework's config.json as
// the vendor's own build does:
//
//     node merge.mjs
//
// Standard input has {"vercel": {…}, "routes": […]}, standard output gets the
// routes.

import { readFileSync } from 'node:fs';
import routingUtils from '@vercel/routing-utils';

const { vercel, routes } = JSON.parse(readFileSync(0, 'utf8'));
const merged = routingUtils.mergeRoutes({
  userRoutes: routingUtils.getTransformedRoutes(vercel).routes,
  builds: [{ use: 'framework', entrypoint: '.', routes }],
});
process.stdout.write(JSON.stringify(merged));
