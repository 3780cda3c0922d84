// A client's back-channel logout endpoint as a process of its own. What comes is validated by npm jose alone, from the provider's metadata, as OpenID Connect
// Back-Channel Logout 1.0 section 2.6 has it. Each post becomes one line of JSON on the output; the first line is the port.
import { createServer } from 'node:http';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const { ISSUER: issuer, CLIENT_ID: audience } = process.env;
const event = 'http://schemas.openid.net/event/backchannel-logout';
const seen = new Set();
let keys;

async function validate(token) {
  if (!keys) {
    const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
    if (metadata.backchannel_logout_supported !== true || metadata.backchannel_logout_session_supported !== true) throw new Error('not in the metadata');
    keys = createRemoteJWKSet(new URL(metadata.jwks_uri));
  }
  const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer, audience, typ: 'logout+jwt', maxTokenAge: '2 minutes', requiredClaims: ['iat', 'exp', 'jti', 'events'] });
  if (!payload.sub && !payload.sid) throw new Error('neither sub nor sid');
  if (typeof payload.events[event] !== 'object') throw new Error('no logout event');
  if ('nonce' in payload) throw new Error('a nonce');
  if (seen.has(payload.jti)) throw new Error('a jti twice');
  seen.add(payload.jti);
  return { ok: true, sid: payload.sid, sub: payload.sub, alg: protectedHeader.alg };
}

const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', async () => {
    let result;
    try {
      result = await validate(new URLSearchParams(body).get('logout_token'));
    } catch (error) {
      result = { ok: false, error: String(error) };
    }
    console.log(JSON.stringify(result));
    response.writeHead(result.ok ? 200 : 400, { 'Cache-Control': 'no-store' }).end();
  });
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => console.log(server.address().port));
