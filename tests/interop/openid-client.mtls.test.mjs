// Mutual TLS by npm openid-client with no special case: the certificate of the connection authenticates the client, and its tokens are bound to it (RFC 8705).
// Environment: ISSUER, API_SCOPE, CA (the server's certificate), CERT and KEY of the client, OTHER_CERT and OTHER_KEY of a stranger, all as PEM.
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { Agent, request as send } from 'node:https';
import { test } from 'node:test';
import * as oidc from 'openid-client';
import { decodeJwt } from 'jose';

const env = process.env;

// fetch has no way to show a certificate, so this is a fetch that has one. It knows nothing of the provider.
const fetchWith = credentials => {
  const agent = new Agent({ ca: env.CA, ...credentials });
  return (url, { method, headers, body }) => new Promise((resolve, reject) => {
    const request = send(url, { method, headers: Object.fromEntries(new Headers(headers)), agent }, answer => {
      const chunks = [];
      answer.on('data', chunk => chunks.push(chunk));
      answer.on('end', () => resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode, headers: Object.entries(answer.headers).flatMap(([name, value]) => [value].flat().map(one => [name, one])) })));
    });
    request.on('error', reject);
    request.end(body === undefined || body === null ? undefined : body.toString());
  });
};
const own = fetchWith({ cert: env.CERT, key: env.KEY });
const strangers = fetchWith({ cert: env.OTHER_CERT, key: env.OTHER_KEY });
const none = fetchWith({});
const discover = fetch => oidc.discovery(new URL(env.ISSUER), 'tls', undefined, oidc.TlsClientAuth(), { [oidc.customFetch]: fetch });
const thumbprint = createHash('sha256').update(new X509Certificate(env.CERT).raw).digest('base64url');

test('mutual TLS: the certificate authenticates the client, and the token names it', async () => {
  const config = await discover(own);

  const tokens = await oidc.clientCredentialsGrant(config, { scope: env.API_SCOPE });
  const told = await oidc.tokenIntrospection(config, tokens.access_token);

  assert.equal(decodeJwt(tokens.access_token).cnf['x5t#S256'], thumbprint);
  assert.equal(told.active, true);
  assert.equal(told.cnf['x5t#S256'], thumbprint);
});

test('mutual TLS: another certificate, or none, is invalid_client', async () => {
  await assert.rejects(oidc.clientCredentialsGrant(await discover(strangers), { scope: env.API_SCOPE }), { status: 401 });
  await assert.rejects(oidc.clientCredentialsGrant(await discover(none), { scope: env.API_SCOPE }), { status: 401 });
});
