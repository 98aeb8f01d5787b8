// A relying party on openid-client: pushed request, PKCE, DPoP with nonces, private_key_jwt.
// Reads its task as one line of JSON, prints where the browser must go, reads where it came back.
import { createInterface } from 'node:readline'
import { webcrypto as crypto } from 'node:crypto'
import * as client from 'openid-client'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const next = async () => (await lines.next()).value
const task = JSON.parse(await next())

const key = await crypto.subtle.importKey(
  'jwk', task.jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
const withKey = client.PrivateKeyJwt({ key, kid: task.jwk.kid })
const config = await client.discovery(new URL(task.issuer), task.client_id, {}, withKey)
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))

const pkceCodeVerifier = client.randomPKCECodeVerifier()
const expectedState = client.randomState()
const expectedNonce = client.randomNonce()
const address = await client.buildAuthorizationUrlWithPAR(config, {
  redirect_uri: task.redirect_uri,
  scope: 'openid offline_access erx.read',
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
  state: expectedState,
  nonce: expectedNonce,
}, { DPoP })
console.log(address.href)

const tokens = await client.authorizationCodeGrant(config, new URL(await next()), {
  pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true,
}, undefined, { DPoP })
const subject = tokens.claims().sub
const person = await client.fetchUserInfo(config, tokens.access_token, subject, { DPoP })
const api = await client.fetchProtectedResource(
  config, tokens.access_token, new URL(task.api), 'GET', null, undefined, { DPoP })
const renewed = await client.refreshTokenGrant(config, tokens.refresh_token, {}, { DPoP })
const before = await client.tokenIntrospection(config, renewed.access_token)
await client.tokenRevocation(config, renewed.refresh_token)
const after = await client.tokenIntrospection(config, renewed.access_token)
const leave = client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token })
console.log(JSON.stringify({
  subject, name: person.name, type: tokens.token_type, api: api.status,
  rotated: renewed.refresh_token !== tokens.refresh_token,
  before: before.active, after: after.active, leave: leave.href,
}))
process.exit(0)
