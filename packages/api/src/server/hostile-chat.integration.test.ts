import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { s3Storage } from '@guichet/files'
import { createVisitorTokens } from '../auth/visitor-tokens.ts'
import type { ApiUnderTest, Bearer } from './testing/api-under-test.ts'
import { mutate, nextCommandId, openEventStream, sam, startApi, tokenFor, useApi } from './testing/api-under-test.ts'
import { filesInFolder } from './testing/files-under-test.ts'
import { pictureBomb } from './testing/picture-bomb.ts'

/** Every item of the issue's list of bad input to chats: its code, and that the conversation goes on. */
const visitors = { secret: 'a secret of visitors that only these tests know', lifetime: 3_600 }
/** So that the quota of messages is the one that is met. */
const withoutOtherQuotas = {
  requestsPerMinute: 0,
  writtenBytesPerMinute: 0,
  readBytesPerMinute: 0,
  millisecondsPerMinute: 0,
  unsentMs: 500,
}
const api = useApi(
  { beforeAll, afterAll },
  {
    files: (url) => filesInFolder(url, { maxBytes: 3_000_000 }),
    visitors,
    limits: withoutOtherQuotas,
  },
)
const other: Bearer = { id: 'other', role: 'customer' }

let address: string
let picture: Buffer
let customer: Bearer
let bea: Bearer
let chatId: string
let count = 0

const clientsOf = ({ app }: ApiUnderTest): ReadonlySet<WebSocket> =>
  (app as unknown as { readonly websocketServer: { readonly clients: ReadonlySet<WebSocket> } }).websocketServer.clients

const addressOf = (at: ApiUnderTest): string => `127.0.0.1:${(at.app.server.address() as AddressInfo).port}`

beforeAll(async () => {
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  address = addressOf(api)
  picture = await sharp({ create: { width: 90, height: 30, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
})

const act = async (as: Bearer, operation: string, input: object, at = api) => {
  const { data, errors } = await at.ask(
    as,
    `mutation ($input: ${operation[0]?.toUpperCase()}${operation.slice(1)}Input!) {
      ${operation}(input: $input) { userErrors { code field } } }`,
    { input: { commandId: nextCommandId(), chatId, ...input } },
  )
  const result = data?.[operation] as { readonly userErrors: readonly { readonly code: string }[] } | null | undefined
  return [...errors.map(({ extensions }) => extensions.code), ...(result?.userErrors ?? []).map(({ code }) => code)]
}

let messages = 0
const say = (as: Bearer, input: object = {}, at = api) =>
  act(as, 'sendChatMessage', { messageId: `m-${++messages}`, body: 'Bonjour', ...input }, at)

/** Both sides write, and each reads what the other wrote. */
async function goesOn(at = api): Promise<void> {
  const words = `still here ${++messages}`
  await expect.poll(() => say(customer, { body: words }, at)).toEqual([])
  expect(await say(bea, { body: `${words}, too` }, at)).toEqual([])
  const query = `query ($id: ID!) { chat(id: $id) { messages(last: 2) { nodes { body } } } }`
  for (const as of [customer, bea])
    expect(await at.dataOf(as, query, { id: chatId })).toEqual({
      chat: { messages: { nodes: [{ body: words }, { body: `${words}, too` }] } },
    })
}

/** A customer in a chat with an agent. */
beforeEach(async () => {
  customer = { id: `customer-${++count}`, role: 'customer', name: 'Camille' }
  chatId = `chat-${count}`
  bea = { id: `bea-${count}`, role: 'agent', name: 'Bea' }
  await mutate(api, sam, 'registerAgent', { agentId: bea.id, name: 'Bea', languages: ['fr'] }, '')
  await mutate(api, bea, 'setAvailability', { agentId: bea.id, availability: 'AVAILABLE' }, '')
  const by = { kind: 'customer', id: customer.id } as const
  expect(await api.desk.startChat(chatId, { customer: { id: customer.id } }, { by })).toMatchObject({ ok: true })
  expect(await act(bea, 'acceptChat', {})).toEqual([])
})

type Grant = { readonly fileId: string; readonly url: string }

async function upload(name: string, content: Uint8Array, at = api) {
  const granted = await mutate(
    at,
    customer,
    'createUpload',
    { chatId, name, bytes: content.length },
    'upload { fileId url }',
  )
  expect(granted.userErrors).toEqual([])
  const { fileId, url } = (granted as unknown as { readonly upload: Grant }).upload
  const answer = await fetch(`http://${addressOf(at)}${url}`, { method: 'PUT', body: content as BodyInit })
  return { fileId, status: answer.status, code: await codeOf(answer) }
}

const codeOf = async (answer: Response): Promise<string | undefined> => {
  const { errors } = (await answer.json().catch(() => ({}))) as {
    readonly errors?: readonly { readonly extensions: { readonly code: string } }[]
  }
  return errors?.[0]?.extensions.code
}

/** Sends a file in the chat, and fetches it as the agent does. */
async function sent(name: string, content: Uint8Array) {
  const { fileId, status } = await upload(name, content)
  expect(status).toBe(201)
  expect(await say(customer, { kind: 'FILE', attachments: [{ fileId }] })).toEqual([])
  const { file } = (await api.dataOf(bea, `{ file(id: "${fileId}") { name url previewUrl } }`)) as {
    readonly file: { readonly name: string; readonly url: string; readonly previewUrl: string | null }
  }
  const { headers } = await fetch(`http://${address}${file.url}`)
  return { ...file, type: headers.get('content-type'), disposition: headers.get('content-disposition') ?? '', headers }
}

const subscription = (id: string, after?: string): string =>
  `subscription { chatChanged(id: "${id}"${after === undefined ? '' : `, after: "${after}"`}) { cursor event { message { body } } } }`

type Changed = { readonly chatChanged: { readonly cursor: string } }

const follow = async (as: Bearer, query: string) =>
  openEventStream<Changed>(`http://${address}/graphql`, await tokenFor(as), query)

describe('is refused, and the conversation goes on:', () => {
  it('a message to a closed chat', async () => {
    const open = chatId
    chatId = `closed-${count}`
    const by = { kind: 'customer', id: other.id } as const
    await api.desk.startChat(chatId, { customer: { id: other.id } }, { by })
    expect(await act(other, 'endChat', {})).toEqual([])
    expect(await say(other)).toEqual(['CHAT_CLOSED'])
    chatId = open
    await goesOn()
  })

  it('a message from somebody else', async () => {
    expect(await say(other)).toEqual(['CHAT_NOT_FOUND'])
    expect(await say({ id: 'visitor', role: 'visitor' })).toEqual(['CHAT_NOT_FOUND'])
    await goesOn()
  })

  it('a message of 1 MB', async () => {
    expect(await say(customer, { body: 'x'.repeat(1_000_000) })).toEqual(['INVALID_COMMAND'])
    await goesOn()
  })

  it('an S3 server that stalls', async () => {
    const sockets = new Set<{ destroy(): unknown }>()
    const stalling = createServer((socket) => void sockets.add(socket.on('error', () => undefined)))
    await new Promise<void>((ready) => stalling.listen(0, '127.0.0.1', ready))
    const { port } = stalling.address() as AddressInfo
    const credentials = { region: 'eu', accessKeyId: 'desk', secretAccessKey: 'of these tests' }
    const storage = s3Storage({ ...credentials, url: `http://127.0.0.1:${port}/files`, stalledMs: 300 })
    const at = await startApi(api.databaseUrl, { visitors, files: (url) => filesInFolder(url, { storage }) })
    try {
      await at.app.listen({ host: '127.0.0.1', port: 0 })
      expect(await upload('a.png', picture, at)).toMatchObject({ status: 503, code: 'files_unavailable' })
      await goesOn(at)
    } finally {
      for (const socket of sockets) socket.destroy()
      stalling.close()
      await at.close()
    }
  })

  it('500 messages in a second', async () => {
    const outcomes = await Promise.all(Array.from({ length: 500 }, () => say(customer)))
    expect(outcomes.filter((codes) => codes.length === 0).length).toBeLessThan(500)
    expect(new Set(outcomes.flat())).toEqual(new Set(['quota_exceeded']))
    await goesOn()
  })

  it('a socket that reads nothing', async () => {
    const socket = new WebSocket(`ws://${address}/graphql`, 'graphql-transport-ws')
    await new Promise((opened) => socket.once('open', opened))
    const send = (message: object): void => socket.send(JSON.stringify(message))
    send({ type: 'connection_init', payload: { authorization: `Bearer ${await tokenFor(customer)}` } })
    await new Promise((acknowledged) => socket.once('message', acknowledged))
    const query = `subscription { chatChanged(id: "${chatId}") { event { message { a: body b: body c: body d: body e: body f: body g: body h: body } } } }`
    send({ id: '1', type: 'subscribe', payload: { query } })
    socket.pause()
    const reading = await follow(customer, subscription(chatId))
    const ofServer = [...clientsOf(api)].at(-1)
    for (let n = 0; n < 300; n++) {
      const command = { type: 'send', messageId: `long-${n}`, body: 'x'.repeat(9_900) } as const
      const by = { kind: 'agent', id: bea.id } as const
      expect(await api.desk.execute('chat', chatId, command, { by })).toMatchObject({ ok: true })
    }
    expect(await reading.take(300)).toHaveLength(300)
    // One message at a time waits for it, so that the ping cuts it: one comes every 12 s, and waits as long for its answer.
    await vi.waitUntil(() => ofServer?.readyState === WebSocket.CLOSED)
    socket.terminate()
    await reading.leave()
    await goesOn()
  })

  it('a visitor token of another desk', async () => {
    const { token } = await (await createVisitorTokens({ ...visitors, desk: 'another' })).visit()
    expect(await refusalOf(token)).toBe('token_foreign')
    await goesOn()
  })

  it('a visitor token from yesterday', async () => {
    const yesterday = () => Date.now() - 86_400_000
    const desk = await api.store.identity()
    const { token } = await (await createVisitorTokens({ ...visitors, desk }, { now: yesterday })).visit()
    expect(await refusalOf(token)).toBe('token_expired')
    await goesOn()
  })

  it('a resume cursor of somebody else’s chat', async () => {
    const own = await follow(customer, subscription(chatId))
    await say(bea)
    const [first] = await own.take(1)
    await own.leave()
    const cursor = first?.data?.chatChanged.cursor ?? ''
    const by = { kind: 'customer', id: other.id } as const
    await api.desk.startChat(`theirs-${count}`, { customer: { id: other.id } }, { by })
    for (const [query, code] of [
      [subscription(`theirs-${count}`, cursor), 'cursor_invalid'],
      [subscription(chatId, cursor), 'chat_unknown'],
    ] as const) {
      const stream = await follow(other, query)
      expect((await stream.take(1))[0]?.errors?.map(({ extensions }) => extensions?.['code'])).toEqual([code])
      await stream.leave()
    }
    await goesOn()
  })

  it.each([
    ['of Windows', Buffer.from('MZ\u0090\0\u0003\0\0\0', 'latin1')],
    ['of Linux', Buffer.from('\u007FELF\u0002\u0001\u0001\0', 'latin1')],
  ])('an executable %s named .png', async (_, content) => {
    expect(await upload('tool.png', content)).toMatchObject({ status: 415, code: 'file_type_refused' })
    await goesOn()
  })

  it('a phone number that is none', async () => {
    await mutate(api, bea, 'registerCustomer', { customerId: customer.id }, '')
    for (const number of ['none', '12', '+33 0', '9'.repeat(40)]) {
      const added = await mutate(api, bea, 'addCustomerPhone', { customerId: customer.id, number }, '')
      expect(added.userErrors).toMatchObject([{ code: 'PHONE_INVALID', field: 'number' }])
    }
    await goesOn()
  })
})

const refusalOf = async (token: string): Promise<string | undefined> => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ query: `{ chat(id: "${chatId}") { id } }` })
  return codeOf(await fetch(`http://${address}/graphql`, { method: 'POST', headers, body }))
}

describe('does no harm, and the conversation goes on:', () => {
  it('HTML with a script is text', async () => {
    const body = '<img src=x onerror=alert(1)><script>alert(1)</script>'
    expect(await say(customer, { body })).toEqual([])
    const { chat } = (await api.dataOf(bea, `{ chat(id: "${chatId}") { messages(last: 1) { nodes { body } } } }`)) as {
      readonly chat: unknown
    }
    expect(chat).toEqual({ messages: { nodes: [{ body }] } })
    await goesOn()
  })

  it('an SVG with a script is saved by browsers, and never shown', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    const { type, disposition, previewUrl } = await sent('a.svg', Buffer.from(svg))
    expect([type, previewUrl]).toEqual(['application/octet-stream', null])
    expect(disposition).toMatch(/^attachment;/)
    await goesOn()
  })

  it('a polyglot is the picture that it is, and nothing else', async () => {
    const { type, headers } = await sent('both.png', Buffer.concat([picture, Buffer.from('<script>alert(1)</script>')]))
    expect([type, headers.get('x-content-type-options')]).toEqual(['image/png', 'nosniff'])
    await goesOn()
  })

  it('a file named ../../x has a name without a path', async () => {
    expect((await sent('../../x', Buffer.from('x'))).name).toBe('x')
    await goesOn()
  })

  it('a zip bomb sent to preview has none', async () => {
    const { previewUrl } = await sent('bomb.png', pictureBomb(20_000))
    const answer = await fetch(`http://${address}${previewUrl}`)
    expect([answer.status, await codeOf(answer)]).toEqual([404, 'preview_unavailable'])
    await goesOn()
  })
})
