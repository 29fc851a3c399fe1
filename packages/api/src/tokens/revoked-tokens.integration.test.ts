import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guichet } from '../cli/testing.ts'
import { followRevokedTokens, revokeTokens } from './revoked-tokens.ts'

describe('revoked tokens', () => {
  let database: TestDatabase
  beforeAll(async () => void (database = await createTestDatabase()))
  afterAll(() => database.drop())
  const fail = (error: unknown): never => {
    throw error
  }
  const zoe = { id: 'zoe', issuedAt: Date.parse('2026-03-02T09:00:00Z') }

  it('are heard of by every process, and by one that starts later', async () => {
    const [one, other] = await Promise.all([1, 2].map(() => followRevokedTokens(database.url, fail, 20)))
    let changes = 0
    other?.onChange(() => changes++)
    expect(one?.isRevoked({ ...zoe, tokenId: 'a' })).toBe(false)
    await revokeTokens(database.url, { tokenId: 'a' })
    await expect.poll(() => [one, other].map((each) => each?.isRevoked({ ...zoe, tokenId: 'a' }))).toEqual([true, true])
    expect(changes).toBe(1)
    const later = await followRevokedTokens(database.url, fail)
    expect(later.isRevoked({ ...zoe, tokenId: 'a' })).toBe(true)
    expect(later.isRevoked({ ...zoe, tokenId: 'b' })).toBe(false)
    await Promise.all([one?.stop(), other?.stop(), later.stop()])
  })

  it('are all heard of when a later one is committed before an earlier one', async () => {
    const list = await followRevokedTokens(database.url, fail, 20)
    const slow = new pg.Client({ connectionString: database.url })
    await slow.connect()
    await slow.query('begin')
    await slow.query("insert into guichet_auth.revoked_tokens (token_id) values ('earlier')")
    await revokeTokens(database.url, { tokenId: 'later' })
    await expect.poll(() => list.isRevoked({ ...zoe, tokenId: 'later' })).toBe(true)
    expect(list.isRevoked({ ...zoe, tokenId: 'earlier' })).toBe(false)
    await slow.query('commit')
    await expect.poll(() => list.isRevoked({ ...zoe, tokenId: 'earlier' })).toBe(true)
    await slow.end()
    await list.stop()
  })

  it('are added to at the command line', async () => {
    const variables = { DATABASE_URL: database.url }
    const all = ['--id', 'zoe', '--issued-before', '2026-03-02T09:00Z']
    const revoked = await guichet(variables, 'token', 'revoke', ...all)
    expect(revoked).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/^the tokens of zoe issued before 2026-03-02T09:00/),
    })
    const json = await guichet(variables, 'token', 'revoke', '--jti', 'c', '--json')
    expect(JSON.parse(json.out)).toEqual({ jti: 'c' })
    const list = await followRevokedTokens(database.url, fail)
    expect(list.isRevoked({ ...zoe, tokenId: 'c' })).toBe(true)
    expect(list.isRevoked({ ...zoe, issuedAt: zoe.issuedAt - 1 })).toBe(true)
    expect(list.isRevoked(zoe)).toBe(false)
    await list.stop()
  })

  it.each([{ args: [] }, { args: ['--jti', 'a', '--id', 'zoe'] }])('are named in one way: %j', async ({ args }) => {
    const { code, err } = await guichet({ DATABASE_URL: database.url }, 'token', 'revoke', ...args)
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/^error usage: give either --jti or --id/) })
  })
})
