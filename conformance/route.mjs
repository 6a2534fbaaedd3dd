// Routes paths by the routes of a config.json, read as the vendor's development
// server reads them: with the same package for their expressions.
//
//     node route.mjs
//
// Standard input has {"routes": […], "outputs": ["about", …], "paths": ["/a", …]}.
// Standard output gets for each path, in a list, where it leads, through redirects,
// {"dest": "/blog/[slug]", "groups": ["hello"]}, or null. With "once" in the input, one
// that redirects is {"location": "/b", "status": 308}, and where a path leads has
// the route's "status", and the "headers" of what was found.

import { readFileSync } from 'node:fs';
import PCRE from 'pcre-to-regexp';

const { routes, outputs, paths, once } = JSON.parse(readFileSync(0, 'utf8'));
const files = new Set(outputs);
for (const route of routes) {
  route.pattern = route.src && PCRE(`%${route.src}%${route.caseSensitive ? '' : 'i'}`);
}

// hit is the headers that routes add to an output.
function hit(dest) {
  const headers = {};
  for (const route of routes.slice(routes.findIndex((r) => r.handle === 'hit') + 1 || routes.length)) {
    if (route.handle) {
      break;
    }
    if (route.pattern?.exec(dest)) {
      Object.assign(headers, route.headers);
    }
  }
  return headers;
}

// step is where a path leads by one pass through the routes: {dest, groups} to
// an output, {location} elsewhere, null to none.
function step(path) {
  for (const route of routes) {
    if (route.handle === 'filesystem') {
      const name = decodeURIComponent(path).slice(1);
      if (files.has(name)) {
        return { dest: `/${name}`, groups: [], headers: hit(`/${name}`) };
      }
    } else if (route.handle) {
      return null; // what follows is for hits and errors
    }
    const match = route.pattern?.exec(path);
    if (!match || route.continue) {
      continue;
    }
    const fill = (text) => text.replace(/\$(\d)/g, (_, n) => match[n] ?? '');
    if (route.headers?.Location) {
      return { location: fill(route.headers.Location), status: route.status };
    }
    return route.dest ? { dest: fill(route.dest), groups: match.slice(1), status: route.status } : null;
  }
  return null;
}

// follow is step, and goes where redirects lead.
function follow(path) {
  for (let i = 0; i < 20; i++) {
    const found = step(path);
    if (!found?.location) {
      return found;
    }
    path = found.location;
  }
  throw new Error(`${path} redirects without end`);
}

console.log(JSON.stringify(paths.map(once ? step : follow)));
