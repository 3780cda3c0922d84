// Further protocols by npm openid-client with no special case: keys in place of secrets, pushed and signed requests, signed answers, bound tokens.
// Environment: ISSUER, CLIENT_JWK (a private key), REDIRECT_URI, API_SCOPE, EMAIL, PASSWORD.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oidc from 'openid-client';
import { createRemoteJWKSet, decodeJwt, importJWK, jwtVerify } from 'jose';
import { Browser } from './browser.mjs';

const env = process.env;
const jwk = JSON.parse(env.CLIENT_JWK);
const key = { key: await importJWK(jwk, 'ES256'), kid: jwk.kid };
const insecure = { execute: [oidc.allowInsecureRequests] };
const discover = (id, auth = oidc.PrivateKeyJwt(key), metadata = undefined) => oidc.discovery(new URL(env.ISSUER), id, metadata, auth, insecure);

async function signedIn(config, { scope = 'openid email offline_access', url: address = oidc.buildAuthorizationUrl, dpop, browser = new Browser() } = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const url = await address(config, {
    redirect_uri: env.REDIRECT_URI, scope, state, nonce, response_type: 'code',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  });
  const callback = await browser.signIn(url.href, { email: env.EMAIL, password: env.PASSWORD, stopAt: env.REDIRECT_URI });
  const tokens = await oidc.authorizationCodeGrant(config, callback, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce }, undefined, dpop && { DPoP: dpop });
  return { tokens, url, callback, browser };
}

const pushed = dpop => (config, parameters) => oidc.buildAuthorizationUrlWithPAR(config, parameters, dpop && { DPoP: dpop });
const signed = (config, parameters) => oidc.buildAuthorizationUrlWithJAR(config, parameters, key);
const signedAndPushed = async (config, parameters) => oidc.buildAuthorizationUrlWithPAR(config, (await signed(config, parameters)).searchParams);

test('private_key_jwt: an assertion authenticates at every endpoint', async () => {
  const config = await discover('keyed');
  const { tokens } = await signedIn(config);

  const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  const before = await oidc.tokenIntrospection(config, refreshed.refresh_token);
  await oidc.tokenRevocation(config, refreshed.refresh_token);
  const after = await oidc.tokenIntrospection(config, refreshed.refresh_token);

  assert.equal(before.active, true);
  assert.equal(after.active, false);
});

test('private_key_jwt: a key that is not registered is invalid_client', async () => {
  const { privateKey } = await oidc.randomDPoPKeyPair('ES256');
  const config = await discover('keyed', oidc.PrivateKeyJwt({ key: privateKey, kid: jwk.kid }));

  // A 401 with a challenge is what the library reports first.
  await assert.rejects(oidc.clientCredentialsGrant(config, { scope: env.API_SCOPE }), { status: 401 });
});

test('PAR: the address holds nothing but the client and a reference', async () => {
  const { url, tokens } = await signedIn(await discover('keyed'), { url: pushed() });

  assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request_uri']);
  assert.ok(tokens.claims().sub);
});

test('JAR: a request that the client signed', async () => {
  const { url, tokens } = await signedIn(await discover('keyed'), { url: signed });

  assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request']);
  assert.ok(tokens.claims().sub);
});

test('JAR within PAR', async () => {
  const { url, tokens } = await signedIn(await discover('keyed'), { url: signedAndPushed });

  assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request_uri']);
  assert.ok(tokens.claims().sub);
});

test('JARM: the answer is a JWT that the client verifies', async () => {
  const config = await discover('keyed', undefined, { authorization_signed_response_alg: 'RS256' });
  oidc.useJwtResponseMode(config);

  const { callback, tokens } = await signedIn(config);

  assert.deepEqual([...callback.searchParams.keys()], ['response']);
  assert.ok(tokens.claims().sub);
});

test('DPoP: tokens are bound to the key of the client, through refresh and userinfo', async () => {
  const config = await discover('keyed');
  const keys = await oidc.randomDPoPKeyPair('ES256');
  const dpop = oidc.getDPoPHandle(config, keys);
  const { tokens } = await signedIn(config, { url: pushed(dpop), dpop });

  const info = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP: dpop });
  const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP: dpop });

  assert.equal(tokens.token_type, 'dpop');
  assert.equal(decodeJwt(tokens.access_token).cnf.jkt, decodeJwt(refreshed.access_token).cnf.jkt);
  assert.equal(info.email, env.EMAIL);
  await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub));
});

test('DPoP: another key cannot use what was bound to the first', async () => {
  const config = await discover('keyed');
  const dpop = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
  const stranger = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
  const { tokens } = await signedIn(config, { dpop });

  await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP: stranger }));
});

test('FAPI 2.0: pushed, authenticated by key, bound, with ES256 throughout', async () => {
  const config = await discover('fapi', undefined, { id_token_signed_response_alg: 'ES256' });
  const dpop = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
  const { tokens } = await signedIn(config, { url: pushed(dpop), dpop });

  const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
  const { payload } = await jwtVerify(tokens.access_token, keys, { issuer: env.ISSUER, typ: 'at+jwt', algorithms: ['ES256'] });

  assert.equal(tokens.token_type, 'dpop');
  assert.ok(payload.cnf.jkt);
});

test('FAPI 2.0: a request that was not pushed is refused', async () => {
  const config = await discover('fapi', undefined, { id_token_signed_response_alg: 'ES256' });
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: env.REDIRECT_URI, scope: 'openid', state: 's',
    code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()), code_challenge_method: 'S256',
  });

  const page = await new Browser().open(url.href, { stopAt: env.REDIRECT_URI });

  assert.equal(page.redirected ? new URL(page.url).searchParams.get('code') : null, null);
  assert.ok(!page.redirected || new URL(page.url).searchParams.get('error'));
});
