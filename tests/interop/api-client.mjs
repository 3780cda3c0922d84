// A client of the administration API, generated from docs/openapi.json by swagger-typescript-api and used as its
// reader would: makes a person, finds and changes them, and meets a problem.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { generateApi } from 'swagger-typescript-api';

const { ISSUER, SECRET, DESCRIPTION } = process.env;
const output = await mkdtemp(path.join(tmpdir(), 'identity-api-'));
await writeFile(path.join(output, 'package.json'), '{ "type": "module" }');
await generateApi({ input: DESCRIPTION, output, fileName: 'client.js', toJS: true, silent: true });
const { Api } = await import(pathToFileURL(path.join(output, 'client.js')).href);

const answer = await fetch(`${ISSUER}/connect/token`, {
  method: 'POST',
  headers: { authorization: `Basic ${Buffer.from(`robot:${SECRET}`).toString('base64')}` },
  body: new URLSearchParams({ grant_type: 'client_credentials' }),
});
const { access_token } = await answer.json();
const { api } = new Api({
  baseUrl: ISSUER,
  baseApiParams: { secure: true },
  securityWorker: () => ({ headers: { authorization: `Bearer ${access_token}` } }),
});

const made = await api.userCreate({ email: 'generated@example.org', name: 'Gene' });
const found = await api.userList({ search: 'generated@' });
if (found.data.items[0].id !== made.data.id) throw new Error('The person was not found.');
await api.userProfile(made.data.id, { name: 'Gene Wilder' }, { headers: { 'If-Match': made.headers.get('etag') } });
const read = await api.userShow(made.data.id);
if (read.data.name !== 'Gene Wilder') throw new Error(`The name is ${read.data.name}.`);

const problem = await api.userCreate({ email: 'no address' }).then(
  () => { throw new Error('An address that is none was taken.'); },
  (response) => response.error,
);
if (problem.errors[0].field !== 'email') throw new Error(`Another problem: ${JSON.stringify(problem)}`);
console.log(`made and found ${read.data.email}`);
