// Opens an encrypted ID token, and reads a signed userinfo answer, by npm jose alone. What they say goes to the output as JSON.
import { compactDecrypt, createRemoteJWKSet, importJWK, jwtVerify } from 'jose';

const { ISSUER: issuer, CLIENT_ID: audience, KEY: key, ID_TOKEN: idToken, USERINFO: userInfo } = process.env;
const metadata = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json();
const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));
const said = {};
if (idToken) {
  const jwk = JSON.parse(key);
  const { plaintext, protectedHeader } = await compactDecrypt(idToken, await importJWK(jwk, jwk.alg));
  const { payload } = await jwtVerify(new TextDecoder().decode(plaintext), keys, { issuer, audience });
  said.header = protectedHeader;
  said.idToken = payload;
}
if (userInfo) {
  const { payload, protectedHeader } = await jwtVerify(userInfo, keys, { issuer, audience });
  said.userInfo = payload;
  said.userInfoAlg = protectedHeader.alg;
}
console.log(JSON.stringify(said));
