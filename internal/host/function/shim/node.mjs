// Runs the handler of a Node.js function as an HTTP server that speaks IPC.
//
//     node node.mjs SETTINGS     in the function's directory
//
// SETTINGS is a JSON object of the function's configuration: handler,
// launcherType, shouldAddHelpers, useWebApi, awsLambdaHandler.

import { AsyncLocalStorage } from 'node:async_hooks';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';

const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH'];
const settings = JSON.parse(process.argv[2]);

// The connection to the host. Messages end with a NUL byte. The host never ends
// it: when it ends, the host was killed, and no one is left to stop this process.
const ipc = net.connect(process.env.VERCEL_IPC_PATH);
ipc.unref();
ipc.resume();
ipc.on('error', () => {});
ipc.on('close', () => process.exit(1));
const send = (type, payload) => ipc.write(JSON.stringify({ type, payload }) + '\0');

// What @vercel/functions looks for.
const requests = new AsyncLocalStorage();
const background = new Set();
globalThis[Symbol.for('@vercel/request-context')] = { get: () => requests.getStore() };

function waitUntil(promise) {
  const done = Promise.resolve(promise)
    .catch((error) => console.error(error))
    .finally(() => background.delete(done));
  background.add(done);
}

// load returns the function (req, res) that answers requests.
async function load() {
  const [file, name] = handlerFile();
  const { captured, release } = captureServer();
  try {
    return await choose(await import(pathToFileURL(path.resolve(file)).href), file, name, captured);
  } finally {
    release();
  }
}

// choose returns the function (req, res) for what a module exports.
async function choose(module, file, name, captured) {
  const { value, methods } = unwrap(module);
  if (settings.awsLambdaHandler) {
    return awsProxy(pick(module, name));
  }
  if (settings.launcherType !== 'Nodejs') {
    return awsInvoke(pick(module, name));
  }
  if (methods) {
    return web(async (request) => {
      const handle = methods[request.method];
      return handle ? handle(request) : new Response(null, { status: 405 });
    });
  }
  if (typeof value?.fetch === 'function') {
    return web((request) => value.fetch(request));
  }
  if (typeof value === 'function') {
    return settings.useWebApi ? web(value) : settings.shouldAddHelpers ? withHelpers(value) : value;
  }
  const emit = await captured;
  if (emit) {
    return emit;
  }
  throw new Error(`${file} exports no handler: a function, HTTP methods, or an object with fetch`);
}

// handlerFile returns the module's file and, for an AWS handler, the export.
function handlerFile() {
  const spec = settings.awsLambdaHandler || settings.handler;
  if (settings.launcherType === 'Nodejs' && !settings.awsLambdaHandler) {
    return [spec, ''];
  }
  const at = spec.lastIndexOf('.');
  const file = spec.slice(0, at);
  if (/\.[cm]?js$/.test(spec)) {
    return [spec, 'handler'];
  }
  return [path.extname(file) ? file : settings.awsLambdaHandler ? settings.handler : file + '.js', spec.slice(at + 1)];
}

const pick = (module, name) => module[name] ?? module.default?.[name] ?? module.default;

// unwrap looks through up to five nested defaults.
function unwrap(module) {
  let value = module;
  for (let depth = 0; depth <= 5 && value; depth++) {
    const methods = Object.fromEntries(METHODS.filter((m) => typeof value[m] === 'function').map((m) => [m, value[m]]));
    if (Object.keys(methods).length > 0) {
      return { methods };
    }
    if (typeof value.fetch === 'function' || !value.default) {
      break;
    }
    value = value.default;
  }
  return { value };
}

// captureServer returns a promise of the handler of the server that the module
// makes listen, undefined when it does not within a second, and a function that
// gives servers their listen back.
function captureServer() {
  let take;
  const found = new Promise((resolve) => (take = resolve));
  http.Server.prototype.listen = function (...args) {
    this.address = () => ({ address: '127.0.0.1', family: 'IPv4', port: 3000 });
    const callback = args.findLast((arg) => typeof arg === 'function');
    if (callback) {
      this.once('listening', callback);
    }
    process.nextTick(() => this.emit('listening'));
    take((req, res) => this.emit('request', req, res));
    return this;
  };
  const late = new Promise((resolve) => setTimeout(resolve, 1000));
  return { captured: Promise.race([found, late]), release: () => delete http.Server.prototype.listen };
}

// origin is the visitor's view of the server.
const origin = (req) =>
  `${req.headers['x-forwarded-proto'] || 'http'}://${req.headers['x-forwarded-host'] || req.headers.host || 'localhost'}`;

// web returns the function (req, res) of a handler (Request) => Response.
function web(handle) {
  return async (req, res) => {
    const abort = new AbortController();
    res.on('close', () => abort.abort());
    const headers = new Headers();
    for (let i = 0; i < req.rawHeaders.length; i += 2) {
      if (!req.rawHeaders[i].toLowerCase().startsWith('x-vercel-internal-')) {
        headers.append(req.rawHeaders[i], req.rawHeaders[i + 1]);
      }
    }
    const hasBody = req.method !== 'GET' && req.method !== 'HEAD';
    const request = new Request(new URL(req.url, origin(req)), {
      method: req.method,
      headers,
      body: hasBody ? Readable.toWeb(req) : undefined,
      duplex: 'half',
      signal: abort.signal,
    });
    const response = await handle(request, { waitUntil });
    if (!(response instanceof Response)) {
      throw new TypeError('the handler returned no Response');
    }
    res.statusCode = response.status;
    if (response.statusText) {
      res.statusMessage = response.statusText;
    }
    for (const [name, value] of response.headers) {
      if (name !== 'set-cookie') {
        res.setHeader(name, value);
      }
    }
    const cookies = response.headers.getSetCookie();
    if (cookies.length > 0) {
      res.setHeader('set-cookie', cookies);
    }
    if (!response.body || req.method === 'HEAD') {
      res.end();
      return;
    }
    res.flushHeaders();
    await pipeline(Readable.fromWeb(response.body), res).catch((error) => {
      if (!abort.signal.aborted) {
        throw error;
      }
    });
  };
}

async function readBody(req) {
  const chunks = [];
  for await (const chunk of req) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

class BadRequest extends Error {}

function parseBody(type, body) {
  switch (type.split(';')[0].trim().toLowerCase()) {
    case 'application/json':
      try {
        return body.length > 0 ? JSON.parse(body.toString()) : {};
      } catch {
        throw new BadRequest('Invalid JSON');
      }
    case 'application/octet-stream':
      return body;
    case 'application/x-www-form-urlencoded':
      return repeated(new URLSearchParams(body.toString()));
    case 'text/plain':
      return body.toString();
  }
  return undefined;
}

// repeated makes an object of pairs: a list of values where a key comes again.
function repeated(pairs) {
  const out = {};
  for (const [key, value] of pairs) {
    out[key] = key in out ? [].concat(out[key], value) : value;
  }
  return out;
}

function parseCookies(header = '') {
  const out = {};
  for (const part of header.split(';')) {
    const at = part.indexOf('=');
    const name = part.slice(0, at).trim();
    if (at > 0 && !(name in out)) {
      try {
        out[name] = decodeURIComponent(part.slice(at + 1).trim().replace(/^"(.*)"$/, '$1'));
      } catch {
        out[name] = part.slice(at + 1).trim();
      }
    }
  }
  return out;
}

function lazy(object, name, make) {
  Object.defineProperty(object, name, {
    configurable: true,
    enumerable: true,
    get() {
      const value = make();
      Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
      return value;
    },
    set(value) {
      Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
    },
  });
}

// withHelpers adds what Vercel's own (req, res) handlers have.
function withHelpers(handle) {
  return async (req, res) => {
    const body = await readBody(req);
    // A handler that reads the stream itself finds the body there again.
    const again = Readable.from(body.length > 0 ? [body] : []);
    for (const name of ['on', 'once', 'pipe', 'read', 'addListener', 'resume', 'pause', 'setEncoding']) {
      req[name] = (...args) => again[name](...args);
    }
    req[Symbol.asyncIterator] = () => again[Symbol.asyncIterator]();
    lazy(req, 'query', () => repeated(new URL(req.url, 'http://localhost').searchParams));
    lazy(req, 'cookies', () => parseCookies(req.headers.cookie));
    lazy(req, 'body', () => parseBody(req.headers['content-type'] ?? '', body));
    res.status = (code) => {
      res.statusCode = code;
      return res;
    };
    res.redirect = (status, url) => {
      const [code, location] = typeof status === 'string' ? [307, status] : [status, url];
      res.writeHead(code, { Location: location });
      res.end();
      return res;
    };
    res.json = (value) => {
      if (!res.getHeader('content-type')) {
        res.setHeader('content-type', 'application/json; charset=utf-8');
      }
      return res.send(JSON.stringify(value));
    };
    res.send = (value) => {
      if (value !== null && typeof value === 'object' && !Buffer.isBuffer(value)) {
        return res.json(value);
      }
      if (!res.getHeader('content-type')) {
        res.setHeader('content-type', Buffer.isBuffer(value) ? 'application/octet-stream' : 'text/html; charset=utf-8');
      }
      const data = Buffer.isBuffer(value) ? value : Buffer.from(value === undefined || value === null ? '' : String(value));
      res.setHeader('content-length', data.length);
      res.end(req.method === 'HEAD' ? undefined : data);
      return res;
    };
    try {
      await handle(req, res);
    } catch (error) {
      if (!(error instanceof BadRequest) || res.headersSent) {
        throw error;
      }
      res.status(400).send(error.message);
    }
  };
}

// The event and result of a Lambda function behind Vercel's own proxy.
function awsInvoke(handle) {
  return async (req, res) => {
    const body = await readBody(req);
    const inner = { method: req.method, host: req.headers.host ?? '', path: req.url, headers: req.headers, encoding: 'base64', body: body.toString('base64') };
    const result = await call(handle, { Action: 'Invoke', body: JSON.stringify(inner) });
    finish(req, res, result, result?.encoding === 'base64');
  };
}

// The event and result of a Lambda function behind AWS' API gateway.
function awsProxy(handle) {
  return async (req, res) => {
    const body = await readBody(req);
    const url = new URL(req.url, origin(req));
    const event = {
      resource: '/{proxy+}',
      path: url.pathname,
      httpMethod: req.method,
      headers: Object.fromEntries(Object.entries(req.headers).map(([k, v]) => [k, [].concat(v).join(', ')])),
      multiValueHeaders: Object.fromEntries(Object.entries(req.headers).map(([k, v]) => [k, [].concat(v)])),
      queryStringParameters: Object.fromEntries(url.searchParams),
      multiValueQueryStringParameters: Object.fromEntries([...url.searchParams.keys()].map((k) => [k, url.searchParams.getAll(k)])),
      requestContext: { httpMethod: req.method, path: url.pathname },
      body: body.length > 0 ? body.toString('base64') : null,
      isBase64Encoded: body.length > 0,
    };
    const result = await call(handle, event);
    finish(req, res, result, result?.isBase64Encoded);
  };
}

// call calls an AWS handler, which returns its result or passes it to a callback.
function call(handle, event) {
  return new Promise((resolve, reject) => {
    const context = { callbackWaitsForEmptyEventLoop: true, getRemainingTimeInMillis: () => 300_000 };
    const returned = handle(event, context, (error, result) => (error ? reject(error) : resolve(result)));
    if (typeof returned?.then === 'function') {
      returned.then(resolve, reject);
    } else if (handle.length < 3) {
      resolve(returned);
    }
  });
}

function finish(req, res, result, isBase64) {
  res.statusCode = result?.statusCode ?? 200;
  for (const [name, value] of Object.entries({ ...result?.headers, ...result?.multiValueHeaders })) {
    res.setHeader(name, value);
  }
  const data = Buffer.from(result?.body ?? '', isBase64 ? 'base64' : 'utf8');
  res.setHeader('content-length', data.length);
  res.end(req.method === 'HEAD' ? undefined : data);
}

// takeInternal removes the host's own headers and returns the ids among them.
function takeInternal(req) {
  const context = {
    invocationId: req.headers['x-vercel-internal-invocation-id'] ?? '0',
    requestId: Number(req.headers['x-vercel-internal-request-id'] ?? 0),
  };
  for (const name of Object.keys(req.headers)) {
    if (name.startsWith('x-vercel-internal-')) {
      delete req.headers[name];
    }
  }
  return context;
}

function fail(res, error) {
  console.error(error);
  if (res.headersSent) {
    res.destroy();
    return;
  }
  res.writeHead(500, { 'x-vercel-internal-failed': '1' });
  res.end();
}

let handler;
const server = http.createServer(async (req, res) => {
  const context = takeInternal(req);
  res.on('close', () => send('end', { context, error: null }));
  try {
    const store = { waitUntil, headers: req.headers, url: new URL(req.url, origin(req)).href };
    await requests.run(store, () => handler(req, res));
  } catch (error) {
    fail(res, error);
  }
});
server.requestTimeout = 0;
server.headersTimeout = 0;
server.keepAliveTimeout = 0; // the host closes connections

process.on('SIGTERM', async () => {
  server.close();
  server.closeIdleConnections();
  while (background.size > 0) {
    await Promise.all(background);
  }
  const running = () => new Promise((resolve) => server.getConnections((_, n) => resolve(n)));
  while ((await running()) > 0) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    server.closeIdleConnections();
  }
  process.exit(0);
});

try {
  handler = await load();
} catch (error) {
  console.error(error);
  send('unrecoverable-error', { exitCode: 1, message: String(error?.message ?? error) });
  ipc.end(); // and its close ends the process
  await new Promise(() => setTimeout(() => process.exit(1), 1000));
}
server.listen(0, '127.0.0.1', () =>
  send('server-started', { initDuration: Math.round(process.uptime() * 1000), httpPort: server.address().port }),
);
