// The journey of a relying party, by npm openid-client with no special case.
// Environment: ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, POST_LOGOUT_URI, BACKCHANNEL_URI, API_SCOPE, EMAIL, PASSWORD.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import * as oidc from 'openid-client';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { Browser, formsOf } from './browser.mjs';

const env = process.env;
const scope = `openid profile email offline_access ${env.API_SCOPE}`;
const insecure = { execute: [oidc.allowInsecureRequests] };
const discover = (auth = oidc.ClientSecretBasic(env.CLIENT_SECRET)) =>
  oidc.discovery(new URL(env.ISSUER), env.CLIENT_ID, undefined, auth, insecure);

async function signedIn(config, browser = new Browser(), extra = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: env.REDIRECT_URI, scope, state, nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...extra,
  });
  const callback = await browser.signIn(url.href, { email: env.EMAIL, password: env.PASSWORD, stopAt: env.REDIRECT_URI });
  const tokens = await oidc.authorizationCodeGrant(config, callback, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce });
  return { tokens, browser, callback };
}

test('code with PKCE gives an ID token, an access token and a refresh token', async () => {
  const { tokens, callback } = await signedIn(await discover());

  assert.equal(callback.searchParams.get('iss'), env.ISSUER);
  assert.equal(tokens.token_type, 'bearer');
  assert.ok(tokens.expires_in <= 600);
  assert.ok(tokens.refresh_token);
  const claims = tokens.claims();
  assert.equal(claims.iss, env.ISSUER);
  // With an access token beside it, the ID token names the person; what scopes tell comes from userinfo (OpenID Connect Core 5.4).
  assert.ok(claims.sub);
  assert.deepEqual(claims.amr, ['pwd']);
  assert.ok(claims.sid && claims.auth_time);
});

test('the access token is an at+jwt that verifies against the published keys', async () => {
  const config = await discover();
  const { tokens } = await signedIn(config);

  const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
  const { payload, protectedHeader } = await jwtVerify(tokens.access_token, keys, { issuer: env.ISSUER, typ: 'at+jwt', algorithms: ['ES256'] });

  assert.ok(payload.aud);
  assert.equal(payload.client_id, env.CLIENT_ID);
  assert.equal(protectedHeader.alg, 'ES256');
  assert.deepEqual(Object.keys(payload).filter(name => name.startsWith('oi_')), []);
});

test('userinfo answers for the subject of the ID token', async () => {
  const config = await discover();
  const { tokens } = await signedIn(config);

  const info = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);

  assert.equal(info.email, env.EMAIL);
});

test('refresh rotates, and the old token is worth nothing once its successor was used', async () => {
  const config = await discover();
  const { tokens } = await signedIn(config);

  const second = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  assert.notEqual(second.refresh_token, tokens.refresh_token);
  const third = await oidc.refreshTokenGrant(config, second.refresh_token);
  await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token), { error: 'invalid_grant' });

  await assert.rejects(oidc.refreshTokenGrant(config, third.refresh_token), { error: 'invalid_grant' });
});

test('introspection knows an active token, and revocation ends it', async () => {
  const config = await discover();
  const { tokens } = await signedIn(config);

  const before = await oidc.tokenIntrospection(config, tokens.refresh_token);
  await oidc.tokenRevocation(config, tokens.refresh_token);
  const after = await oidc.tokenIntrospection(config, tokens.refresh_token);

  assert.equal(before.active, true);
  assert.equal(after.active, false);
});

test('client credentials give a token without a subject of a person', async () => {
  const tokens = await oidc.clientCredentialsGrant(await discover(oidc.ClientSecretPost(env.CLIENT_SECRET)), { scope: env.API_SCOPE });

  assert.equal(tokens.refresh_token, undefined);
  assert.equal(tokens.id_token, undefined);
});

test('signing out at the provider ends the session', async () => {
  const config = await discover();
  const { tokens, browser } = await signedIn(config);

  const out = oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: env.POST_LOGOUT_URI, state: 'bye' });
  let page = await browser.open(out.href, { stopAt: env.POST_LOGOUT_URI });
  for (let step = 0; step < 3 && !page.redirected; step++) {
    const form = formsOf(page.html, page.url).find(f => f.method === 'POST');
    page = await browser.submit(form, {}, { button: form.fields.find(x => x.type === 'submit'), stopAt: env.POST_LOGOUT_URI });
  }

  assert.equal(new URL(page.url).searchParams.get('state'), 'bye');
  await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token), { error: 'invalid_grant' });
});

test('back-channel logout tells the client which session ended, by a token that jose verifies', async () => {
  const address = new URL(env.BACKCHANNEL_URI);
  let tell, ended;
  const told = new Promise(resolve => { tell = resolve; });
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await text(request));
    response.end();
    if (request.method !== 'POST' || request.url !== address.pathname) return;
    // Sessions that ended before somebody listened here are told again, perhaps before this one.
    const { sid } = decodeJwt(form.get('logout_token'));
    if (sid === ended) tell({ form, type: request.headers['content-type'] });
  }).listen(Number(address.port), address.hostname);
  await once(server, 'listening');
  try {
    const config = await discover();
    const { tokens, browser } = await signedIn(config);
    ended = tokens.claims().sid;
    await browser.open(oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: env.POST_LOGOUT_URI }).href, { stopAt: env.POST_LOGOUT_URI });
    const { form, type } = await told;

    const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
    const { payload } = await jwtVerify(form.get('logout_token'), keys, {
      issuer: env.ISSUER, audience: env.CLIENT_ID, typ: 'logout+jwt', algorithms: ['RS256'], maxTokenAge: '2 minutes', requiredClaims: ['jti', 'iat', 'exp'],
    });
    assert.equal(type, 'application/x-www-form-urlencoded');
    assert.equal(payload.sid, tokens.claims().sid);
    assert.equal(payload.sub, tokens.claims().sub);
    assert.deepEqual(payload.events, { 'http://schemas.openid.net/event/backchannel-logout': {} });
    assert.equal('nonce' in payload, false);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('a client without PKCE is refused with a redirect that says why', async () => {
  const config = await discover();
  const url = oidc.buildAuthorizationUrl(config, { redirect_uri: env.REDIRECT_URI, scope: 'openid', state: 's' });

  const page = await new Browser().open(url.href, { stopAt: env.REDIRECT_URI });

  const answer = new URL(page.url).searchParams;
  assert.equal(answer.get('error'), 'invalid_request');
  assert.equal(answer.get('iss'), env.ISSUER);
  assert.equal(answer.get('state'), 's');
});

test('prompt=none without a session answers login_required', async () => {
  const config = await discover();
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: env.REDIRECT_URI, scope: 'openid', state: 's', prompt: 'none',
    code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()), code_challenge_method: 'S256',
  });

  const page = await new Browser().open(url.href, { stopAt: env.REDIRECT_URI });

  assert.equal(new URL(page.url).searchParams.get('error'), 'login_required');
});
