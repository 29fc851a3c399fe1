import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { configurationSchema } from '@guichet/domain'
import type { Bearer } from './testing/api-under-test.ts'
import { ana, mutate, openEventStream, openTicket, tokenFor, useApi, zoe } from './testing/api-under-test.ts'
import { filesInFolder } from './testing/files-under-test.ts'

/** The read models that requests have begun to wait for. */
const awaited: (string | undefined)[] = []
const api = useApi(
  { beforeAll, afterAll },
  {
    files: filesInFolder,
    limits: { uploadedBytesPerMinute: 20_000 },
    revoke: () => Promise.resolve(),
    onWait: (readModels = []) => void awaited.push(...readModels),
    reachTimeoutMs: 60_000,
  },
)
let address = ''
let picture: Buffer

beforeAll(async () => {
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  address = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`
  picture = await sharp({ create: { width: 90, height: 30, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
})

type Chat = { readonly visitor: Bearer; readonly chatId: string }

/** A new visitor with a chat that ana has. */
async function visitorInChat(): Promise<Chat> {
  const visitor: Bearer = { role: 'visitor', id: `visitor-${randomUUID()}` }
  const started = (await mutate(api, visitor, 'startChat', {}, 'chat { id }')) as unknown as {
    readonly chat: { readonly id: string }
  }
  const chatId = started.chat.id.replace(/^Chat~/, '')
  const by = { kind: 'agent', id: 'ana' } as const
  const offer = { type: 'offer', round: 1, agent: { id: 'ana' }, agentVersion: 1 } as const
  for (const command of [offer, { type: 'accept' } as const]) {
    expect(await api.desk.execute('chat', chatId, command, { by })).toMatchObject({ ok: true })
  }
  return { visitor, chatId }
}

type Granted = {
  readonly upload: { readonly fileId: string; readonly url: string } | null
  readonly userErrors: readonly { readonly code: string; readonly field: string | null }[]
}

const ask = async (as: Bearer, input: object): Promise<Granted> =>
  (await mutate(api, as, 'createUpload', { name: 'a.bin', bytes: 1, ...input }, 'upload { fileId url }')) as never

const put = (url: string, body: Uint8Array) =>
  fetch(`${address}${url}`, { method: 'PUT', body: body as unknown as BodyInit })

/** Uploads content to the chat and returns the id of the file. */
async function upload({ visitor, chatId }: Chat, name: string, content: Uint8Array): Promise<string> {
  const { upload: granted, userErrors } = await ask(visitor, { chatId, name, bytes: content.length })
  expect(userErrors).toEqual([])
  expect((await put(granted?.url ?? '', content)).status).toBe(201)
  return granted?.fileId ?? ''
}

const fileOf = async (as: Bearer, id: string) =>
  (await api.dataOf(as, 'query ($id: ID!) { file(id: $id) { name mediaType status url } }', { id }))['file'] as {
    readonly url: string
  } | null

const codeOf = async (answer: Response): Promise<unknown> =>
  ((await answer.json()) as { readonly errors: readonly { readonly extensions: { readonly code: string } }[] })
    .errors[0]?.extensions.code

const refusals = ({ userErrors }: Granted) => userErrors.map(({ code, field }) => [code, field])

describe('a visitor', () => {
  it('sends a picture in their chat, which the agent sees, and no other visitor', async () => {
    const [mine, other] = [await visitorInChat(), await visitorInChat()]
    const fileId = await upload(mine, 'screen.png', picture)
    const message = { chatId: mine.chatId, messageId: 'p', kind: 'FILE', body: '', attachments: [{ fileId }] }
    expect((await mutate(api, mine.visitor, 'sendChatMessage', message, '')).userErrors).toEqual([])
    for (const as of [mine.visitor, ana]) {
      const file = await fileOf(as, fileId)
      expect(file).toMatchObject({ name: 'screen.png', mediaType: 'image/png', status: 'CLEAN' })
      expect((await fetch(`${address}${file?.url}`)).status).toBe(200)
    }
    expect(await fileOf(other.visitor, fileId)).toBeNull()
    expect(await fileOf(other.visitor, `File~${fileId}`)).toBeNull()
    const { data, errors } = await api.ask(other.visitor, 'query ($id: ID!) { node(id: $id) { id } }', {
      id: `File~${fileId}`,
    })
    expect([data?.['node'] ?? null, errors[0]?.extensions.code]).toEqual([null, 'forbidden'])
    const own = await upload(other, 'own.png', picture)
    const link = (await fileOf(other.visitor, own))?.url ?? ''
    const borrowed = await fetch(`${address}${link.replace(own, fileId)}`)
    expect([borrowed.status, await codeOf(borrowed)]).toEqual([403, 'link_invalid'])
    const stolen = { chatId: other.chatId, messageId: 's', body: 'x', attachments: [{ fileId }] }
    expect((await mutate(api, other.visitor, 'sendChatMessage', stolen, '')).userErrors).toMatchObject([
      { code: 'FILE_NOT_FOUND' },
    ])
  })

  it('sees a file of the agent once a message of their chat has it', async () => {
    const [{ visitor, chatId }, other] = [await visitorInChat(), await visitorInChat()]
    const { upload: granted } = await ask(ana, { chatId, bytes: 1 })
    const fileId = granted?.fileId ?? ''
    await put(granted?.url ?? '', Buffer.from('x'))
    expect(await fileOf(visitor, fileId)).toBeNull()
    const message = { chatId, messageId: 'm', body: 'Here.', attachments: [{ fileId }] }
    expect((await mutate(api, ana, 'sendChatMessage', message, '')).userErrors).toEqual([])
    expect(await fileOf(visitor, fileId)).toMatchObject({ status: 'CLEAN' })
    expect(await fileOf(other.visitor, fileId)).toBeNull()
  })

  it('sees a file of a message that another server process has taken, as soon as they are shown the message', async () => {
    const { visitor, chatId } = await visitorInChat()
    const { upload: granted } = await ask(ana, { chatId, bytes: 1 })
    const fileId = granted?.fileId ?? ''
    await put(granted?.url ?? '', Buffer.from('x'))
    const events = await openEventStream<{ readonly chatChanged: { readonly event: { readonly type: string } } }>(
      `${address}/graphql`,
      await api.tokenOf(visitor),
      `subscription { chatChanged(id: "${chatId}") { event { type } } }`,
    )
    const late = new pg.Client({ connectionString: api.databaseUrl })
    await late.connect()
    try {
      await late.query('begin; lock table guichet_read.chat_message in exclusive mode')
      const message = { type: 'send' as const, messageId: 'm', body: 'Here.', attachments: [{ fileId }] }
      expect(await api.desk.execute('chat', chatId, message, { by: { kind: 'agent', id: 'ana' } })).toMatchObject({
        ok: true,
      })
      expect(await events.take(1)).toMatchObject([{ data: { chatChanged: { event: { type: 'CHAT_MESSAGE_SENT' } } } }])
      awaited.splice(0)
      let answered = false
      const seen = fileOf(visitor, fileId).finally(() => (answered = true))
      await vi.waitUntil(() => answered || awaited.includes('chat_messages'))
      expect(answered).toBe(false)
      await late.query('commit')
      expect(await seen).toMatchObject({ status: 'CLEAN' })
    } finally {
      await late.end()
      await events.leave()
    }
  })

  it('sends files to their own chats alone: to no other chat, no ticket and no customer', async () => {
    const [{ visitor }, { chatId }] = [await visitorInChat(), await visitorInChat()]
    expect(refusals(await ask(visitor, { chatId }))).toEqual([['CHAT_NOT_FOUND', 'chatId']])
    const left = { subject: 'x', body: 'y', email: 'v@example.org' }
    const { ticketId } = (await mutate(api, visitor, 'leaveChatMessage', left, 'ticketId')) as unknown as {
      readonly ticketId: string
    }
    const owners = [
      { ticketId },
      { ticketId: await openTicket(api, zoe) },
      { customerId: visitor.id },
      { openTicketCommandId: 'mine' },
    ]
    for (const owner of owners) await expect(ask(visitor, owner)).rejects.toThrow('forbidden')
    const { upload: granted } = await ask(ana, { ticketId, bytes: 1 })
    const fileId = granted?.fileId ?? ''
    await put(granted?.url ?? '', Buffer.from('x'))
    await mutate(api, ana, 'agentReply', { ticketId, body: 'Here.', attachments: [{ fileId }] })
    expect(await fileOf(visitor, fileId)).toBeNull()
  })

  it('sends a file that they have uploaded also after they have said who they are', async () => {
    const chat = await visitorInChat()
    const fileId = await upload(chat, 'screen.png', picture)
    const claimed = await api.app.inject({
      method: 'POST',
      url: '/visitor/claim',
      headers: { authorization: `Bearer ${await api.tokenOf(chat.visitor)}` },
      payload: { token: await tokenFor(zoe) },
    })
    expect(claimed.statusCode).toBe(201)
    expect(await fileOf(zoe, fileId)).toMatchObject({ status: 'CLEAN' })
    const message = { chatId: chat.chatId, messageId: 'p', kind: 'FILE', body: '', attachments: [{ fileId }] }
    expect((await mutate(api, zoe, 'sendChatMessage', message, '')).userErrors).toEqual([])
    const somebody: Bearer = { role: 'customer', id: 'somebody' }
    expect(await fileOf(somebody, fileId)).toBeNull()
  })

  it('who is blocked sends no files', async () => {
    const { visitor, chatId } = await visitorInChat()
    await mutate(api, ana, 'registerCustomer', { customerId: visitor.id }, '')
    await mutate(api, ana, 'blockCustomer', { customerId: visitor.id, reason: 'spam' }, '')
    expect(refusals(await ask(visitor, { chatId }))).toEqual([['CUSTOMER_BLOCKED', null]])
  })

  it('has a quota of bytes', async () => {
    const { visitor, chatId } = await visitorInChat()
    expect(refusals(await ask(visitor, { chatId, bytes: 20_000 }))).toEqual([])
    await expect(ask(visitor, { chatId, bytes: 20_000 })).rejects.toThrow('quota_exceeded')
  })

  it('uses up the quota by what comes with an operation that takes no file, before it is read', async () => {
    const { visitor } = await visitorInChat()
    const headers = { authorization: `Bearer ${await api.tokenOf(visitor)}` }
    const send = async () => {
      const form = new FormData()
      form.append('operations', JSON.stringify({ query: '{ __typename }', variables: { content: null } }))
      form.append('map', JSON.stringify({ 0: ['variables.content'] }))
      form.append('0', new Blob([Buffer.alloc(15_000)]), 'a.bin')
      return fetch(`${address}/graphql`, { method: 'POST', headers, body: form })
    }
    expect((await send()).status).toBe(200)
    expect(await codeOf(await send())).toBe('quota_exceeded')
  })
})

describe('a channel that takes voice notes and no files', () => {
  beforeAll(async () => {
    const configuration = configurationSchema.parse({
      teams: [{ name: 'supervisors' }],
      sla: { policies: [{ name: 'all', firstResponse: '4h' }] },
      chat: { channels: { web: { files: false, voice: true } } },
    })
    const by = { kind: 'agent', id: 'max' } as const
    const outcome = await api.desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by })
    if (!outcome.ok) throw new Error(outcome.refusal.message)
    if (outcome.value.position !== undefined) await api.settled(outcome.value.position)
  })

  it('takes sound alone from its customers, and any file from the desk', async () => {
    const { visitor, chatId } = await visitorInChat()
    for (const name of ['screen.png', 'notes', 'ogg', 'film.mp4', 'voice.ogg.exe']) {
      expect(refusals(await ask(visitor, { chatId, name }))).toEqual([['CHAT_KIND_NOT_ALLOWED', 'name']])
    }
    for (const name of ['voice.ogg', 'voice.WEBM', 'voice.m4a', 'voice.mp3', 'voice.wav']) {
      expect(refusals(await ask(visitor, { chatId, name }))).toEqual([])
    }
    expect(refusals(await ask(ana, { chatId, name: 'screen.png' }))).toEqual([])
  })

  it('refuses a picture that is named as sound, by its content', async () => {
    const { visitor, chatId } = await visitorInChat()
    for (const name of ['voice.ogg', 'voice.m4a', 'voice.wav', 'voice.webm']) {
      const { upload: granted } = await ask(visitor, { chatId, name, bytes: picture.length })
      const answer = await put(granted?.url ?? '', picture)
      expect([name, answer.status, await codeOf(answer)]).toEqual([name, 415, 'file_type_refused'])
    }
    const sound = Buffer.concat([Buffer.from('RIFF\x24\0\0\0WAVEfmt '), Buffer.alloc(28)])
    await upload({ visitor, chatId }, 'voice.wav', sound)
  })
})
