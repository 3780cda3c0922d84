// Grants without a browser at the client, by npm openid-client with no special case: a device, a client that asks for a person, tokens for tokens, registration.
// Environment: ISSUER, CLIENT_SECRET, CIBA_PAGE, REDIRECT_URI, API_SCOPE, EMAIL, PASSWORD.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oidc from 'openid-client';
import { decodeJwt } from 'jose';
import { Browser } from './browser.mjs';

const env = process.env;
const insecure = { execute: [oidc.allowInsecureRequests] };
const person = { email: env.EMAIL, password: env.PASSWORD };
const discover = (id, auth) => oidc.discovery(new URL(env.ISSUER), id, undefined, auth, insecure);
const confidential = id => discover(id, oidc.ClientSecretBasic(env.CLIENT_SECRET));

test('device grant: the person allows on another device and the client gets tokens', async () => {
  const config = await discover('tv', oidc.None());
  const asked = await oidc.initiateDeviceAuthorization(config, { scope: 'openid email offline_access' });

  const [tokens] = await Promise.all([
    oidc.pollDeviceAuthorizationGrant(config, asked),
    new Browser().approve(asked.verification_uri_complete, { ...person, answer: 'allow' }),
  ]);

  assert.match(asked.user_code, /^[A-Z0-9-]{6,12}$/);
  assert.equal(tokens.claims().aud, 'tv');
  assert.ok(tokens.refresh_token);
  assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)).email, env.EMAIL);
});

test('device grant: what the person denies is access_denied', async () => {
  const config = await discover('tv', oidc.None());
  const asked = await oidc.initiateDeviceAuthorization(config, { scope: 'openid' });

  await new Browser().approve(asked.verification_uri_complete, { ...person, answer: 'deny' });

  await assert.rejects(oidc.pollDeviceAuthorizationGrant(config, asked), { error: 'access_denied' });
});

test('CIBA: the person who was named allows on the account page', async () => {
  const config = await confidential('bank');
  const asked = await oidc.initiateBackchannelAuthentication(config, { scope: 'openid email', login_hint: env.EMAIL, binding_message: 'W4SCT' });

  const [tokens] = await Promise.all([
    oidc.pollBackchannelAuthenticationGrant(config, asked),
    new Browser().approve(new URL(env.CIBA_PAGE, env.ISSUER).href, { ...person, answer: 'allow' }),
  ]);

  assert.equal(tokens.claims().aud, 'bank');
});

test('token exchange: a service calls the next one for the person, and is named as the actor', async () => {
  const front = await confidential('front');
  const verifier = oidc.randomPKCECodeVerifier();
  const url = oidc.buildAuthorizationUrl(front, {
    redirect_uri: env.REDIRECT_URI, scope: `openid ${env.API_SCOPE}`, code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  });
  const callback = await new Browser().signIn(url.href, { ...person, stopAt: env.REDIRECT_URI });
  const tokens = await oidc.authorizationCodeGrant(front, callback, { pkceCodeVerifier: verifier });
  const service = await confidential('service');
  const own = await oidc.clientCredentialsGrant(service, { scope: env.API_SCOPE });

  const exchanged = await oidc.genericGrantRequest(service, 'urn:ietf:params:oauth:grant-type:token-exchange', {
    subject_token: tokens.access_token, subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    actor_token: own.access_token, actor_token_type: 'urn:ietf:params:oauth:token-type:access_token', audience: 'orders', scope: env.API_SCOPE,
  });

  const claims = decodeJwt(exchanged.access_token);
  assert.equal(exchanged.issued_token_type, 'urn:ietf:params:oauth:token-type:access_token');
  assert.equal(claims.sub, tokens.claims().sub);
  assert.equal(claims.act.sub, 'service');
  assert.deepEqual([claims.aud].flat(), ['orders']);
});

test('token exchange: a client without a policy may not', async () => {
  const front = await confidential('front');
  const own = await oidc.clientCredentialsGrant(await confidential('service'), { scope: env.API_SCOPE });

  await assert.rejects(oidc.genericGrantRequest(front, 'urn:ietf:params:oauth:grant-type:token-exchange', {
    subject_token: own.access_token, subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  }), { error: 'unauthorized_client' });
});

test('dynamic registration: a client that registers itself signs a person in', async () => {
  const config = await oidc.dynamicClientRegistration(new URL(env.ISSUER), { redirect_uris: [env.REDIRECT_URI], client_name: 'Self-made', token_endpoint_auth_method: 'client_secret_post' }, undefined, insecure);
  const verifier = oidc.randomPKCECodeVerifier();
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: env.REDIRECT_URI, scope: 'openid', code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  });

  const callback = await new Browser().signIn(url.href, { ...person, stopAt: env.REDIRECT_URI });
  const tokens = await oidc.authorizationCodeGrant(config, callback, { pkceCodeVerifier: verifier });

  assert.equal(tokens.claims().aud, config.clientMetadata().client_id);
});
