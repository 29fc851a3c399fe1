import { randomBytes, randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { embeddedDelivery, newPushKeys, pushSubscriptions } from '@guichet/workflows'
import { ana, useApi, zoe } from '../../server/testing/api-under-test.ts'

const { publicKey } = newPushKeys()
let database: Pool
const api = useApi(
  { beforeAll, afterAll },
  {
    revoke: async () => undefined,
    push: (pool) => {
      database = pool
      return { publicKey, origins: [], subscriptions: pushSubscriptions(pool) }
    },
  },
)
const plain = useApi({ beforeAll, afterAll })

beforeAll(async () => {
  // Creates the tables, as every process does.
  await (await embeddedDelivery({ connectionString: api.databaseUrl, transports: {} })).stop()
})

const browser = (name: string) => ({
  endpoint: `https://fcm.googleapis.com/fcm/send/${name}`,
  p256dh: newPushKeys().publicKey,
  auth: randomBytes(16).toString('base64url'),
  channel: 'MOBILE',
})
type Device = ReturnType<typeof browser>

const subscribe = `mutation ($input: SubscribeToPushInput!) {
  subscribeToPush(input: $input) { userErrors { code field } }
}`
async function codesOf(as: typeof zoe, input: Partial<Device>, at: typeof api = api): Promise<readonly string[]> {
  const { subscribeToPush } = (await at.dataOf(as, subscribe, { input })) as {
    subscribeToPush: { userErrors: readonly { code: string; field: string | null }[] }
  }
  return subscribeToPush.userErrors.map(({ code, field }) => `${code} ${field}`)
}
async function ownersOf({ endpoint }: Device): Promise<readonly unknown[]> {
  const { rows } = await database.query<{ person_id: string; visitor_id: string | null }>(
    'select person_id, visitor_id from guichet_workflows.push_subscription where endpoint = $1',
    [endpoint],
  )
  return rows
}

const key = (channel: string) => `{ chatAvailability(channel: ${channel}) { pushKey } }`

describe('pushes to browsers', () => {
  it('have a key where the channel pushes', async () => {
    expect(await api.dataOf(zoe, key('MOBILE'))).toEqual({ chatAvailability: { pushKey: publicKey } })
    expect(await api.dataOf(zoe, key('WEB'))).toEqual({ chatAvailability: { pushKey: null } })
    expect(await plain.dataOf(zoe, key('MOBILE'))).toEqual({ chatAvailability: { pushKey: null } })
  })

  it.each(['𠀀', 'é', '\0', ' '])('have an address in ASCII, without %j', async (character) => {
    const endpoint = `https://fcm.googleapis.com/fcm/send/${character.repeat(900)}`
    expect(await codesOf(zoe, { ...browser('x'), endpoint })).toEqual(['INVALID_COMMAND endpoint'])
    const { unsubscribeFromPush } = await api.dataOf(
      zoe,
      'mutation ($input: UnsubscribeFromPushInput!) { unsubscribeFromPush(input: $input) { userErrors { code field } } }',
      { input: { endpoint } },
    )
    expect(unsubscribeFromPush).toEqual({ userErrors: [{ code: 'INVALID_COMMAND', field: 'endpoint' }] })
  })

  it('take the browser of a customer, once, until it is unsubscribed', async () => {
    const device = browser('zoe')
    expect(await codesOf(zoe, device)).toEqual([])
    expect(await codesOf(zoe, device)).toEqual([])
    expect(await ownersOf(device)).toEqual([{ person_id: zoe.id, visitor_id: null }])
    const remove = `mutation ($input: UnsubscribeFromPushInput!) { unsubscribeFromPush(input: $input) { userErrors { code } } }`
    await api.dataOf({ ...zoe, id: 'somebody-else' }, remove, { input: { endpoint: device.endpoint } })
    expect(await ownersOf(device)).toHaveLength(1)
    await api.dataOf(zoe, remove, { input: { endpoint: device.endpoint } })
    expect(await ownersOf(device)).toEqual([])
  })

  it('take the browser of a visitor, and forget it when the visit ends', async () => {
    const visitor = { id: `visitor-${randomUUID()}`, role: 'visitor' } as const
    const device = browser('visitor')
    expect(await codesOf(visitor, device)).toEqual([])
    expect(await ownersOf(device)).toEqual([{ person_id: visitor.id, visitor_id: visitor.id }])
    const { statusCode } = await api.app.inject({
      method: 'POST',
      url: '/visitor/logout',
      headers: { authorization: `Bearer ${await api.tokenOf(visitor)}` },
    })
    expect(statusCode).toBe(204)
    expect(await ownersOf(device)).toEqual([])
  })

  it.each([
    ['an address of the desk itself', { endpoint: 'http://127.0.0.1:4000/graphql' }, 'PUSH_SERVICE_UNKNOWN endpoint'],
    ['one of the cloud', { endpoint: 'https://169.254.169.254/latest' }, 'PUSH_SERVICE_UNKNOWN endpoint'],
    [
      'one that is too long',
      { endpoint: `https://fcm.googleapis.com/${'x'.repeat(1_000)}` },
      'INVALID_COMMAND endpoint',
    ],
    ['a key that is no point', { p256dh: 'B'.repeat(87) }, 'INVALID_COMMAND p256dh'],
    ['a short secret', { auth: 'x' }, 'INVALID_COMMAND auth'],
    ['a channel without pushes', { channel: 'WEB' }, 'PUSH_OFF channel'],
  ])('refuse %s', async (_, change, code) => {
    expect(await codesOf(zoe, { ...browser('refused'), ...change })).toEqual([code])
  })

  it('are off without a key of the desk, and for the desk itself', async () => {
    expect(await codesOf(zoe, browser('plain'), plain)).toEqual(['PUSH_OFF channel'])
    const { errors } = await api.ask(ana, subscribe, { input: browser('agent') })
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['forbidden'])
  })
})
