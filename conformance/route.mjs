// Routes paths by the routes of a config.json, read as the vendor's development
// server reads them: with the same package for their expressions.
//
//     node route.mjs
//
// Standard input has {"routes": […], "outputs": ["about", …], "paths": ["/a", …]}.
// Standard output gets for each path, in a list, where it leads,
// {"dest": "/blog/[slug]", "groups": ["hello"]}, or null.

import { readFileSync } from 'node:fs';
import PCRE from 'pcre-to-regexp';

const { routes, outputs, paths } = JSON.parse(readFileSync(0, 'utf8'));
const files = new Set(outputs);
for (const route of routes) {
  route.pattern = route.src && PCRE(`%${route.src}%${route.caseSensitive ? '' : 'i'}`);
}

// step is where a path leads by one pass through the routes: {dest, groups} to
// an output, {location} elsewhere, null to none.
function step(path) {
  for (const route of routes) {
    if (route.handle === 'filesystem') {
      const name = decodeURIComponent(path).slice(1);
      if (files.has(name)) {
        return { dest: `/${name}`, groups: [] };
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
      return { location: fill(route.headers.Location) };
    }
    return route.dest ? { dest: fill(route.dest), groups: match.slice(1) } : null;
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

console.log(JSON.stringify(paths.map(follow)));
