// Makes the vectors of the Node world: bcrypt, argon2 and firebase-scrypt, each by the library itself.
//
//   npm install bcrypt@6.0.0 argon2@0.45.1 firebase-scrypt@2.2.0
//   node make.mjs
import { createRequire } from 'node:module'

const require = createRequire(process.cwd() + '/')
const bcrypt = require('bcrypt')
const argon2 = require('argon2')
const { FirebaseScrypt } = require('firebase-scrypt')

const version = name => `${name} ${require(`${name}/package.json`).version} (npm)`
const base64 = text => Buffer.from(text).toString('base64')
const unpadded = text => text.replace(/=+$/, '')
const vectors = []
const add = (source, password, hash) => vectors.push({ source, password, hash })

const firebase = { memCost: 14, rounds: 8, saltSeparator: base64('\x07'), signerKey: base64('a signer key of a test project, sixty-four bytes long, made up!!') }
for (const password of ['Correct horse 7!', "Zoë's passwörd ☃ 9"]) {
  for (const minor of ['a', 'b']) add(version('bcrypt'), password, bcrypt.hashSync(password, bcrypt.genSaltSync(6, minor)))
  for (const type of [argon2.argon2id, argon2.argon2i, argon2.argon2d]) {
    add(version('argon2'), password, await argon2.hash(password, { type, memoryCost: 4096, timeCost: 2, parallelism: 2 }))
  }
  add(version('argon2'), password, await argon2.hash(password, { version: 0x10, memoryCost: 1024, timeCost: 3, parallelism: 1 }))
  const salt = base64('salt of 9')
  const hash = await new FirebaseScrypt(firebase).hash(password, salt)
  const parameters = `v=1,n=${firebase.memCost},r=${firebase.rounds},p=1,ss=${unpadded(firebase.saltSeparator)},sk=${unpadded(firebase.signerKey)}`
  add(version('firebase-scrypt'), password, `$fbscrypt$${parameters}$${unpadded(salt)}$${unpadded(hash)}`)
}
process.stdout.write(JSON.stringify(vectors, null, 1))
