import { openPool } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guichet } from '../command-line/testing.ts'
import type { FollowedRevocations } from './revoked-tokens.ts'
import { followRevokedTokens, revokedTokens, revokeTokens } from './revoked-tokens.ts'

describe('revoked tokens', () => {
  let database: TestDatabase
  beforeAll(async () => void (database = await createTestDatabase()))
  afterAll(() => database.drop())
  const fail = (error: unknown): never => {
    throw error
  }
  /** The list as a process of its own follows it. */
  const follow = async (url: string, everyMs?: number): Promise<FollowedRevocations> => {
    const pool = openPool({ connectionString: url, maxConnections: 1 })
    const list = await followRevokedTokens(pool, fail, everyMs)
    const stop = async (): Promise<void> => {
      await list.stop()
      await pool.end()
    }
    return { ...list, stop }
  }
  const zoe = { id: 'zoe', issuedAt: Date.parse('2026-03-02T09:00:00Z') }

  it('are known to every process, and to one that starts later', async () => {
    const [one, other] = await Promise.all([1, 2].map(() => follow(database.url, 20)))
    let changes = 0
    other?.onChange(() => changes++)
    expect(one?.isRevoked({ ...zoe, tokenId: 'a' })).toBe(false)
    await revokeTokens(database.url, { tokenId: 'a' })
    await expect.poll(() => [one, other].map((each) => each?.isRevoked({ ...zoe, tokenId: 'a' }))).toEqual([true, true])
    expect(changes).toBe(1)
    const later = await follow(database.url)
    expect(later.isRevoked({ ...zoe, tokenId: 'a' })).toBe(true)
    expect(later.isRevoked({ ...zoe, tokenId: 'b' })).toBe(false)
    await Promise.all([one?.stop(), other?.stop(), later.stop()])
  })

  it('are all known when a later one is committed before an earlier one', async () => {
    const list = await follow(database.url, 20)
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

  it('apply at once in the process that revokes them, and are removed when their tokens have long expired', async () => {
    const fresh = await createTestDatabase()
    const hour = 3_600_000
    const list = await follow(fresh.url, hour)
    const other = await follow(fresh.url, 20)
    await list.revoke({ tokenId: 'old' }, Date.now() - 2 * hour)
    expect(list.isRevoked({ ...zoe, tokenId: 'old' })).toBe(true)
    await list.revoke({ tokenId: 'just expired' }, Date.now() - 1)
    await list.revoke({ tokenId: 'valid' }, Date.now() + hour)
    expect(list.isRevoked({ ...zoe, tokenId: 'valid' })).toBe(true)
    await revokeTokens(fresh.url, { tokenId: 'of unknown expiry' })
    await expect.poll(() => other.isRevoked({ ...zoe, tokenId: 'valid' })).toBe(true)
    expect(other.isRevoked({ ...zoe, tokenId: 'old' })).toBe(true)
    await list.stop()
    const later = await follow(fresh.url)
    const left = (await revokedTokens(fresh.url)).map((each) => ('tokenId' in each ? each.tokenId : ''))
    expect(left.toSorted()).toEqual(['just expired', 'of unknown expiry', 'valid'])
    expect(later.isRevoked({ ...zoe, tokenId: 'of unknown expiry' })).toBe(true)
    await expect.poll(() => other.isRevoked({ ...zoe, tokenId: 'old' })).toBe(false)
    await Promise.all([other.stop(), later.stop()])
    await fresh.drop()
  })

  it('are all known when an expired one is removed while an earlier one is committed', async () => {
    const fresh = await createTestDatabase()
    const list = await follow(fresh.url, 20)
    await revokeTokens(fresh.url, { tokenId: 'first' })
    const slow = new pg.Client({ connectionString: fresh.url })
    await slow.connect()
    await slow.query('begin')
    await slow.query("insert into guichet_auth.revoked_tokens (token_id) values ('earlier')")
    await revokeTokens(fresh.url, { tokenId: 'later' })
    await expect.poll(() => list.isRevoked({ ...zoe, tokenId: 'later' })).toBe(true)
    await slow.query("delete from guichet_auth.revoked_tokens where token_id = 'first'")
    await slow.query('commit')
    await expect.poll(() => list.isRevoked({ ...zoe, tokenId: 'earlier' })).toBe(true)
    await slow.end()
    await list.stop()
    await fresh.drop()
  })

  it('are added at the command line', async () => {
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
    const list = await follow(database.url)
    expect(list.isRevoked({ ...zoe, tokenId: 'c' })).toBe(true)
    expect(list.isRevoked({ ...zoe, issuedAt: zoe.issuedAt - 1 })).toBe(true)
    expect(list.isRevoked(zoe)).toBe(false)
    await list.stop()
  })

  it('are listed at the command line, the latest first', async () => {
    const fresh = await createTestDatabase()
    const variables = { DATABASE_URL: fresh.url }
    const list = (...args: string[]) => guichet(variables, 'token', 'revocations', ...args)
    expect(await list()).toMatchObject({ code: 0, out: 'no token was ever revoked' })
    expect(await list('--json')).toMatchObject({ code: 0, out: '[]' })
    await guichet(variables, 'token', 'revoke', '--jti', 'c')
    await guichet(variables, 'token', 'revoke', '--id', 'zoe', '--issued-before', '2026-03-02T09:00Z')
    const { out } = await list()
    expect(out.split('\n').map((line) => line.split(/ {2,}/).slice(1))).toEqual([
      ['what', 'issued before'],
      ['all of zoe', '2026-03-02T09:00:00.000Z'],
      ['the token c'],
    ])
    const revokedAt = expect.stringMatching(/^20\d\d-.*Z$/)
    expect(JSON.parse((await list('--json')).out)).toEqual([
      { id: 'zoe', issuedBefore: '2026-03-02T09:00:00.000Z', revokedAt },
      { jti: 'c', revokedAt },
    ])
    await fresh.drop()
  })

  it('are never tokens of the future, which would lock out their bearer', async () => {
    const variables = { DATABASE_URL: database.url }
    const later = new Date(Date.now() + 3_600_000).toISOString()
    const { code, err } = await guichet(variables, 'token', 'revoke', '--id', 'max', '--issued-before', later)
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/^error usage: --issued-before: .*future/) })
    const { out } = await guichet(variables, 'token', 'revocations', '--json')
    expect(out).not.toContain('max')
  })

  it.each(['', 'x'.repeat(201), 'a\u202eb', 'a\nb'])('are not those that no token can be: %j', async (jti) => {
    const { code, err } = await guichet({ DATABASE_URL: database.url }, 'token', 'revoke', '--jti', jti)
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/^error usage: --jti: /) })
  })

  it.each([{ args: [] }, { args: ['--jti', 'a', '--id', 'zoe'] }])('are named in one way: %j', async ({ args }) => {
    const { code, err } = await guichet({ DATABASE_URL: database.url }, 'token', 'revoke', ...args)
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/^error usage: give either --jti or --id/) })
  })
})
