// Stock middleware of web applications, each as its README says, against the real host.
// Environment: ISSUER, CLIENT_SECRET, REDIRECT_URI, EMAIL, PASSWORD.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { ExpressAuth, getSession } from '@auth/express';
import express from 'express';
import openidConnect from 'express-openid-connect';
import session from 'express-session';
import * as oauth from 'oauth4webapi';
import { Issuer, generators } from 'openid-client-5';
import passport from 'passport';
import { Strategy } from 'passport-openidconnect';
import { Browser, formsOf } from './browser.mjs';

const env = process.env;
const base = new URL('/', env.REDIRECT_URI);
const at = path => new URL(path, base).href;

/** Runs an application at the address of the relying party for as long as `work` takes. */
async function serving(app, work) {
  const server = app.listen(Number(base.port), 'localhost');
  await once(server, 'listening');
  try {
    return await work();
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
}

/** From the application's own sign-in through the provider's page and back, to the page that the person ends on. */
async function signIn(browser, start, request) {
  let page = await browser.open(start, request);
  for (let step = 0; step < 4 && page.url.startsWith(env.ISSUER); step++) {
    const form = formsOf(page.html, page.url).find(one => one.find('current-password'));
    assert.ok(form, `no sign-in form at ${page.url}: ${page.html.slice(0, 1000)}`);
    page = await browser.submit(form, {
      [form.find('username').name]: env.EMAIL,
      [form.find('current-password').name]: env.PASSWORD,
    });
  }
  return page;
}

test('passport-openidconnect, which knows no PKCE, signs a person in by its nonce', async () => {
  const endpoint = path => `${env.ISSUER.replace(/\/$/, '')}/connect/${path}`;
  const authenticator = new passport.Passport();
  authenticator.serializeUser((user, done) => done(null, user));
  authenticator.deserializeUser((user, done) => done(null, user));
  authenticator.use(new Strategy({
    issuer: env.ISSUER,
    authorizationURL: endpoint('authorize'),
    tokenURL: endpoint('token'),
    userInfoURL: endpoint('userinfo'),
    clientID: 'no-pkce',
    clientSecret: env.CLIENT_SECRET,
    callbackURL: env.REDIRECT_URI,
    scope: ['profile', 'email'],
    nonce: true,
    skipUserProfile: false,
  }, (issuer, profile, done) => done(null, { issuer, id: profile.id, email: profile.emails?.[0].value })));
  const app = express();
  app.use(session({ secret: env.CLIENT_SECRET, resave: false, saveUninitialized: false }));
  app.use(authenticator.session());
  app.get('/login', authenticator.authenticate('openidconnect'));
  app.get('/callback', authenticator.authenticate('openidconnect', { successRedirect: '/me', failureRedirect: '/failed' }));
  app.get('/me', (request, response) => response.json(request.user ?? null));

  const page = await serving(app, () => signIn(new Browser(), at('login')));

  assert.equal(page.url, at('me'));
  const user = JSON.parse(page.html);
  assert.equal(user.email, env.EMAIL);
  assert.equal(user.issuer, env.ISSUER);
  assert.ok(user.id);
});

test('express-openid-connect signs a person in with an audience, reads userinfo, refreshes and signs out', async () => {
  const app = express();
  app.use(openidConnect.auth({
    issuerBaseURL: env.ISSUER,
    baseURL: base.href,
    clientID: 'web',
    clientSecret: env.CLIENT_SECRET,
    secret: env.CLIENT_SECRET,
    authRequired: false,
    idpLogout: true,
    authorizationParams: { response_type: 'code', response_mode: 'query', scope: 'openid email offline_access', audience: 'https://api.example' },
  }));
  app.get('/me', async (request, response) => {
    const before = request.oidc.accessToken.access_token;
    const after = await request.oidc.accessToken.refresh();
    response.json({ user: await request.oidc.fetchUserInfo(), refreshed: after.access_token !== before });
  });
  const browser = new Browser();

  const [page, bye, again] = await serving(app, async () => {
    const home = await signIn(browser, at('login'));
    assert.ok(home.url.startsWith(base.href), home.url);
    const me = await browser.open(at('me'));
    const left = await browser.open(at('logout'));
    return [me, left, await browser.open(at('login'))];
  });

  const { user, refreshed } = JSON.parse(page.html);
  assert.equal(user.email, env.EMAIL);
  assert.equal(refreshed, true);
  assert.ok(bye.url.startsWith(base.href), bye.url);
  assert.ok(again.url.startsWith(env.ISSUER), 'the session at the provider is over too');
});

test('Auth.js for Express has the e-mail of the person in its session', async () => {
  const config = {
    basePath: '/auth',
    trustHost: true,
    secret: env.CLIENT_SECRET,
    providers: [{ id: 'identity', name: 'Identity', type: 'oidc', issuer: env.ISSUER, clientId: 'auth-js', clientSecret: env.CLIENT_SECRET }],
  };
  const app = express();
  // Its README's path is Express 4's; Express 5 wants a pattern for a parameter without a name.
  app.use(/^\/auth\/(.*)/, ExpressAuth(config));
  app.get('/me', async (request, response) => response.json(await getSession(request, config)));
  const browser = new Browser();

  const page = await serving(app, async () => {
    const { csrfToken } = JSON.parse((await browser.open(at('auth/csrf'))).html);
    const body = new URLSearchParams({ csrfToken, callbackUrl: at('me') }).toString();
    return signIn(browser, at('auth/signin/identity'), { method: 'POST', body });
  });

  assert.equal(page.url, at('me'));
  const { user } = JSON.parse(page.html);
  assert.equal(user.email, env.EMAIL);
  assert.ok(user.name);
});

test('oauth4webapi validates every answer from discovery to revocation', async () => {
  const insecure = { [oauth.allowInsecureRequests]: true };
  const issuer = new URL(env.ISSUER);
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
  const client = { client_id: 'web' };
  const authentication = oauth.ClientSecretBasic(env.CLIENT_SECRET);
  const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()];
  const url = new URL(server.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: client.client_id, redirect_uri: env.REDIRECT_URI, response_type: 'code', scope: 'openid email offline_access', state, nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  }).toString();
  const callback = await new Browser().signIn(url.href, { email: env.EMAIL, password: env.PASSWORD, stopAt: env.REDIRECT_URI });

  const parameters = oauth.validateAuthResponse(server, client, callback, state);
  const tokens = await oauth.processAuthorizationCodeResponse(server, client,
    await oauth.authorizationCodeGrantRequest(server, client, authentication, parameters, env.REDIRECT_URI, verifier, insecure),
    { expectedNonce: nonce, requireIdToken: true });
  const claims = oauth.getValidatedIdTokenClaims(tokens);
  const info = await oauth.processUserInfoResponse(server, client, claims.sub, await oauth.userInfoRequest(server, client, tokens.access_token, insecure));
  const second = await oauth.processRefreshTokenResponse(server, client,
    await oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token, insecure));
  await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, authentication, second.refresh_token, insecure));
  const refused = oauth.processRefreshTokenResponse(server, client,
    await oauth.refreshTokenGrantRequest(server, client, authentication, second.refresh_token, insecure));

  assert.equal(info.email, env.EMAIL);
  await assert.rejects(refused, { error: 'invalid_grant' });
});

test('openid-client 5 signs in, asks userinfo by a POST without a body, refreshes and signs out', async () => {
  const issuer = await Issuer.discover(env.ISSUER);
  const client = new issuer.Client({ client_id: 'web', client_secret: env.CLIENT_SECRET, redirect_uris: [env.REDIRECT_URI], response_types: ['code'] });
  const [verifier, state, nonce] = [generators.codeVerifier(), generators.state(), generators.nonce()];
  const url = client.authorizationUrl({
    scope: 'openid email offline_access', state, nonce, code_challenge: generators.codeChallenge(verifier), code_challenge_method: 'S256',
  });
  const browser = new Browser();
  const callback = await browser.signIn(url, { email: env.EMAIL, password: env.PASSWORD, stopAt: env.REDIRECT_URI });

  const tokens = await client.callback(env.REDIRECT_URI, client.callbackParams(callback.href), { state, nonce, code_verifier: verifier });
  const posted = await client.userinfo(tokens.access_token, { method: 'POST', via: 'header' });
  const inBody = await client.userinfo(tokens.access_token, { method: 'POST', via: 'body' });
  const second = await client.refresh(tokens.refresh_token);
  const left = await browser.open(client.endSessionUrl({ id_token_hint: second.id_token, post_logout_redirect_uri: at('bye') }), { stopAt: at('bye') });

  assert.equal(posted.email, env.EMAIL);
  assert.equal(inBody.sub, tokens.claims().sub);
  assert.notEqual(second.refresh_token, tokens.refresh_token);
  assert.ok(left.redirected);
});

test('the snippet that the console shows for Express signs a person in', async () => {
  const app = express();
  const snippet = env.SNIPPET.replace('https://issuer.invalid', env.ISSUER.replace(/\/$/, ''));
  // Pasted as it is: what a person adds are the two secrets in the environment.
  new Function('app', 'auth', 'process', snippet)(app, openidConnect.auth, {
    env: { CLIENT_SECRET: env.CLIENT_SECRET, COOKIE_SECRET: env.CLIENT_SECRET },
  });
  app.get('/me', async (request, response) => response.json(await request.oidc.fetchUserInfo()));

  const page = await serving(app, () => signIn(new Browser(), at('me')));

  assert.equal(page.url, at('me'));
  assert.equal(JSON.parse(page.html).email, env.EMAIL);
});
