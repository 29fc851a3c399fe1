import { SignJWT } from 'jose'
import { expect, it } from 'vitest'
import { createTokenVerifier } from './tokens.ts'
import { createVisitorTokens, verifyEither } from './visitor-tokens.ts'

const key = { algorithm: 'HS256', secret: 'a secret that only the tests of these tokens know' } as const
const ofIssuer = await new SignJWT({ role: 'customer' })
  .setProtectedHeader({ alg: 'HS256' })
  .setSubject('zoe')
  .setIssuer('guichet')
  .setAudience('guichet')
  .setExpirationTime('1h')
  .sign(new TextEncoder().encode(key.secret))

const secret = 'a secret of visitors that only these tests know'
const visitors = await createVisitorTokens({ secret, desk: 'desk-1', lifetime: 3_600 })
const issued = await createTokenVerifier({ issuer: 'guichet', audience: 'guichet', key })

it('asks whose a token is until it is verified, and not again', async () => {
  const asked: string[] = []
  const isOwn = (token: string): boolean => {
    asked.push(token)
    return visitors.isOwn(token)
  }
  const verify = verifyEither({ ...visitors, isOwn }, issued)
  for (let request = 1; request <= 3; request++) expect(await verify(ofIssuer)).toMatchObject({ id: 'zoe' })
  expect(asked).toEqual([ofIssuer])
})

it('tells the tokens of the desk from those of its issuer, also once both are verified', async () => {
  const verify = verifyEither(visitors, issued)
  const { token, id } = await visitors.visit()
  for (let request = 1; request <= 3; request++) {
    expect(await verify(token)).toMatchObject({ id, role: 'visitor' })
    expect(await verify(ofIssuer)).toMatchObject({ id: 'zoe', role: 'customer' })
  }
  expect([token, ofIssuer].map((each) => visitors.isOwn(each))).toEqual([true, false])
})
