// An agent that knows the address of an MCP server and nothing else, by the official SDK with no special case. It finds the provider, makes itself
// known by a metadata document or by registration, sends the person to sign in, and gets more scopes when a tool asks for them.
// Environment: ISSUER, MCP_URL, DOCUMENT_URL, CERTIFICATE, KEY, CLIENT_SECRET, REDIRECT_URI, EMAIL, PASSWORD.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:https';
import { after, before, test } from 'node:test';
import { auth, UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { decodeJwt } from 'jose';
import * as oidc from 'openid-client';
import { Browser } from './browser.mjs';

const env = process.env;
const person = { email: env.EMAIL, password: env.PASSWORD };
const metadata = {
  client_name: 'Research agent',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
};

/** What the SDK asks an application to keep, and the person at their browser. */
class Agent {
  #browser = new Browser();
  #state;

  constructor(clientMetadataUrl) {
    this.clientMetadataUrl = clientMetadataUrl;
  }

  get redirectUrl() { return env.REDIRECT_URI; }
  get clientMetadata() { return { ...metadata, redirect_uris: [env.REDIRECT_URI], application_type: 'native' }; }
  state() { return (this.#state = randomUUID()); }
  clientInformation() { return this.client; }
  saveClientInformation(client) { this.client = client; }
  tokens() { return this.saved; }
  saveTokens(tokens) { this.saved = tokens; }
  saveCodeVerifier(verifier) { this.verifier = verifier; }
  codeVerifier() { return this.verifier; }
  redirectToAuthorization(url) { this.asked = url.searchParams; this.url = url.href; }

  /** The person signs in and allows; the code comes back. */
  async allow() {
    const answer = (await this.#browser.signIn(this.url, { ...person, stopAt: env.REDIRECT_URI })).searchParams;
    assert.equal(answer.get('state'), this.#state);
    assert.equal(answer.get('iss'), env.ISSUER);
    return answer.get('code');
  }
}

const transportOf = agent => new StreamableHTTPClientTransport(new URL(env.MCP_URL), { authProvider: agent });

async function connect(agent) {
  const client = new Client({ name: 'interop', version: '1.0.0' });
  await client.connect(transportOf(agent));
  return client;
}

/** Does it, and when the server wants the person first, signs in and does it again. */
async function signingIn(agent, act) {
  await assert.rejects(act(), error => error instanceof UnauthorizedError || error.cause instanceof UnauthorizedError);
  await transportOf(agent).finishAuth(await agent.allow());
  return act();
}

const textOf = result => result.content.map(part => part.text).join('');

let documents;
let fetched = 0;

before(async () => {
  documents = createServer({ cert: env.CERTIFICATE, key: env.KEY }, (request, response) => {
    fetched++;
    response.setHeader('content-type', 'application/json');
    // Without a port, as a program does that listens on whichever is free.
    response.end(JSON.stringify({ ...metadata, client_id: env.DOCUMENT_URL, redirect_uris: ['http://localhost/callback'] }));
  });
  await new Promise(resolve => documents.listen(Number(new URL(env.DOCUMENT_URL).port), 'localhost', resolve));
});

after(() => documents.close());

test('metadata document: from the address alone to a tool, and to another that needs more', async () => {
  const agent = new Agent(env.DOCUMENT_URL);

  const client = await signingIn(agent, () => connect(agent));
  const first = agent.asked;
  const tools = (await client.listTools()).tools.map(tool => tool.name).sort();
  const empty = textOf(await client.callTool({ name: 'list_notes', arguments: {} }));
  const added = textOf(await signingIn(agent, () => client.callTool({ name: 'add_note', arguments: { text: 'Buy plums' } })));
  const listed = textOf(await client.callTool({ name: 'list_notes', arguments: {} }));

  assert.equal(first.get('client_id'), env.DOCUMENT_URL);
  assert.equal(first.get('resource'), env.MCP_URL);
  assert.equal(first.get('scope'), 'notes:read');
  assert.equal(agent.asked.get('scope'), 'notes:read notes:write');
  assert.deepEqual(tools, ['add_note', 'list_notes']);
  assert.deepEqual([empty, added, listed], ['', 'Buy plums', 'Buy plums']);
  const token = decodeJwt(agent.saved.access_token);
  assert.equal(token.aud, env.MCP_URL);
  assert.equal(token.client_id, env.DOCUMENT_URL);
  assert.equal(fetched, 1);
  await client.close();
});

test('metadata document: a token that is no longer good is refreshed without the person', async () => {
  const agent = new Agent(env.DOCUMENT_URL);
  const options = { serverUrl: env.MCP_URL, scope: 'notes:read offline_access' };
  assert.equal(await auth(agent, options), 'REDIRECT');
  assert.equal(await auth(agent, { ...options, authorizationCode: await agent.allow() }), 'AUTHORIZED');
  const before = agent.saved;
  agent.saved = { ...before, access_token: 'no-longer-good' };

  const client = await connect(agent);
  await client.listTools();

  assert.equal(decodeJwt(agent.saved.access_token).aud, env.MCP_URL);
  assert.notEqual(agent.saved.refresh_token, before.refresh_token);
  await client.close();
});

test('registration: an agent without a document registers itself and reads', async () => {
  const agent = new Agent();

  const client = await signingIn(agent, () => connect(agent));
  const tools = await client.listTools();

  assert.equal(tools.tools.length, 2);
  assert.equal(agent.asked.get('client_id'), agent.client.client_id);
  assert.ok(!agent.client.client_id.startsWith('https:'));
  await client.close();
});

test('a tool stays closed to a token without its scope, however the call is written', async () => {
  const agent = new Agent(env.DOCUMENT_URL);
  assert.equal(await auth(agent, { serverUrl: env.MCP_URL, scope: 'notes:read' }), 'REDIRECT');
  assert.equal(await auth(agent, { serverUrl: env.MCP_URL, authorizationCode: await agent.allow() }), 'AUTHORIZED');
  const post = (url, body) =>
    fetch(url, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${agent.saved.access_token}`,
      },
    });
  const call = name => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${name}}`;
  const stolen = '"arguments":{"text":"Stolen"}';

  const plain = await post(env.MCP_URL, call(`{"name":"add_note",${stolen}}`));
  const slashed = await post(`${env.MCP_URL}/`, call(`{"name":"add_note",${stolen}}`));
  for (const body of [
    call(`{"Name":"add_note",${stolen}}`),
    call(`{"name":"add_note","name":"list_notes",${stolen}}`),
    call(`{"name":"list_notes","name":"add_note",${stolen}}`),
    call(`{"name":"add\\u005fnote",${stolen}}`),
    `[${call(`{"name":"add_note",${stolen}}`)}]`,
    call(`{"name":"add_note",${stolen}}`).replace('method', 'Method').replace('params', 'Params'),
  ])
    await (await post(env.MCP_URL, body)).text();
  const client = await connect(agent);
  const listed = textOf(await client.callTool({ name: 'list_notes', arguments: {} }));

  assert.deepEqual([plain.status, slashed.status], [403, 403]);
  assert.ok(!listed.includes('Stolen'));
  await client.close();
});

test('the server takes no token of another API, and says where to get one of its own', async () => {
  const insecure = { execute: [oidc.allowInsecureRequests] };
  const service = await oidc.discovery(new URL(env.ISSUER), 'service', undefined, oidc.ClientSecretBasic(env.CLIENT_SECRET), insecure);
  const { access_token } = await oidc.clientCredentialsGrant(service, { scope: 'api' });
  const call = authorization =>
    fetch(env.MCP_URL, {
      method: 'POST',
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...(authorization && { authorization }) },
    });

  const [foreign, bare] = [await call(`Bearer ${access_token}`), await call()];

  const metadataUrl = new URL('/.well-known/oauth-protected-resource/mcp', env.MCP_URL).href;
  assert.equal(foreign.status, 401);
  assert.equal(foreign.headers.get('www-authenticate'), `Bearer error="invalid_token", scope="notes:read", resource_metadata="${metadataUrl}"`);
  assert.equal(bare.status, 401);
  assert.equal(bare.headers.get('www-authenticate'), `Bearer scope="notes:read", resource_metadata="${metadataUrl}"`);
  const described = await (await fetch(metadataUrl)).json();
  assert.equal(described.resource, env.MCP_URL);
  assert.deepEqual(described.authorization_servers, [env.ISSUER]);
});
