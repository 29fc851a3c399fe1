import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { get as httpGet } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { transcriptSchema } from '@guichet/domain'
import type { Bearer } from './testing/api-under-test.ts'
import { ana, mutate, sam, startApi, tokenFor, useApi, zoe } from './testing/api-under-test.ts'

const transcriptMs = 12_000
const api = useApi({ beforeAll, afterAll }, { sendsEmail: true, limits: { transcriptMs } })
const customer: Bearer = { ...zoe, id: 'transcript-customer' }
const agent: Bearer = { ...ana, id: 'transcript-agent', name: 'Lou' }
let address: string
let chatId: string

beforeAll(async () => {
  await api.app.listen({ port: 0, host: '127.0.0.1' })
  address = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`
  await mutate(api, sam, 'registerAgent', { agentId: agent.id, name: 'Lou', languages: ['fr'] }, '')
  await mutate(api, sam, 'setAvailability', { agentId: agent.id, availability: 'AVAILABLE' }, '')
  const message = { messageId: 'first', body: 'Bonjour' }
  const { chat } = (await mutate(api, customer, 'startChat', { message }, 'chat { id }')) as unknown as {
    chat: { id: string }
  }
  chatId = chat.id.replace(/^Chat~/, '')
  await mutate(api, agent, 'acceptChat', { chatId }, '')
  await mutate(api, agent, 'sendChatMessage', { chatId, messageId: 'n', kind: 'NOTE', body: 'un habitué' }, '')
})

const get = async (as: Bearer | undefined, path: string, headers: Record<string, string> = {}) =>
  fetch(`${address}/chats/${path}`, {
    headers: { ...headers, ...(as && { authorization: `Bearer ${await tokenFor(as)}` }) },
  })
const codeOf = async (answer: Response) =>
  ((await answer.json()) as { errors: readonly { extensions: { code: string } }[] }).errors[0]?.extensions.code

describe('GET /chats/:id/transcript', () => {
  it('gives a customer their own chat, without a note, whatever they ask for', async () => {
    for (const format of ['txt', 'json']) {
      for (const query of ['', '?audience=desk']) {
        const answer = await get(customer, `${chatId}/transcript.${format}${query}`)
        expect(answer.status).toBe(200)
        const text = await answer.text()
        expect(text).toContain('Bonjour')
        expect(text).not.toContain('habitué')
      }
    }
  })

  it('gives the desk the notes too, or what the customer gets', async () => {
    const full = transcriptSchema.parse(await (await get(agent, `${chatId}/transcript.json`)).json())
    expect(full.entries.find(({ internal }) => internal)?.text).toBe('un habitué')
    const theirs = await (await get(agent, `${chatId}/transcript.txt?audience=customer&language=en`)).text()
    expect(theirs).toMatch(/^Transcript of the chat/)
    expect(theirs).not.toContain('habitué')
  })

  it('is recorded as an export of the desk, and not where a customer reads their own or only the headers are asked for', async () => {
    const reader: Bearer = { ...sam, id: `reader-${randomUUID()}` }
    const path = `${chatId}/transcript.txt?audience=customer`
    const headers = await fetch(`${address}/chats/${path}`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${await tokenFor(reader)}` },
    })
    expect(headers.status).toBe(404)
    expect(await (await get(customer, path)).text()).toContain('Bonjour')
    expect(await (await get(reader, path)).text()).toContain('Bonjour')
    // The events of all are read once no older transaction of the server is open, in whatever database.
    const recorded = async () =>
      (await api.store.readAll({ limit: 1_000 })).flatMap(({ event }) =>
        event.type === 'DataExported' && [reader.id, customer.id].includes(event.by.id) ? [event] : [],
      )
    const exported = { exported: 'chat', format: 'txt', rows: 1, chatId, audience: 'customer' }
    await expect.poll(recorded).toMatchObject([{ by: { kind: 'agent', id: reader.id }, ...exported }])
  })

  it('is refused for now where the record of its export meets others again and again', async () => {
    const path = `${chatId}/transcript.txt`
    const append = api.store.append.bind(api.store)
    const contended = vi.spyOn(api.store, 'append').mockImplementation(async (request) => {
      if (!request.stream.startsWith('administration-')) return append(request)
      return { kind: 'conflict', actualVersion: 1 }
    })
    const later = await get(agent, path)
    expect([later.status, await codeOf(later)]).toEqual([503, 'unavailable'])
    expect(contended).toHaveBeenCalled()
    contended.mockRestore()
    expect((await get(agent, path)).status).toBe(200)
  })

  it('has the time zone of the desk, and the language of the reader, where neither is asked for', async () => {
    const read = async (headers: Record<string, string>, query = '') =>
      transcriptSchema.parse(await (await get(agent, `${chatId}/transcript.json${query}`, headers)).json())
    expect(await read({ 'accept-language': 'en' })).toMatchObject({ timeZone: 'Europe/Paris', language: 'en' })
    expect(await read({}, '?timeZone=Asia/Tokyo&language=fr')).toMatchObject({ timeZone: 'Asia/Tokyo', language: 'fr' })
  })

  it('is a file to be saved, which no page shows and no cache keeps', async () => {
    const answer = await get(customer, `${chatId}/transcript.pdf`)
    expect(
      Buffer.from(await answer.arrayBuffer())
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-')
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/pdf',
      'content-disposition': `attachment; filename=chat-${chatId}.pdf`,
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
    })
  })

  it('refuses with a code what it cannot give', async () => {
    const other: Bearer = { ...zoe, id: 'transcript-other' }
    expect(await codeOf(await get(other, `${chatId}/transcript.txt`))).toBe('chat_unknown')
    expect(await codeOf(await get(agent, 'none/transcript.txt'))).toBe('chat_unknown')
    expect(await codeOf(await get(undefined, `${chatId}/transcript.txt`))).toBe('unauthenticated')
    expect(await codeOf(await get(agent, `${chatId}/transcript.html`))).toBe('route_not_found')
    expect(await codeOf(await get(agent, `${chatId}/transcript.txt?timeZone=Paris`))).toBe('malformed_input')
  })

  it('takes from the quota of written bytes where it is recorded, and stores nothing beyond it', async () => {
    const other = await startApi(api.databaseUrl, { limits: { writtenBytesPerMinute: 5 } })
    try {
      const at = new URL(await other.app.listen({ port: 0, host: '127.0.0.1' })).origin
      const read = async (as: Bearer) => {
        const headers = { authorization: `Bearer ${await tokenFor(as)}` }
        const answer = await fetch(`${at}/chats/${chatId}/transcript.txt`, { headers })
        return answer.ok ? answer.text() : codeOf(answer)
      }
      const reader: Bearer = { ...sam, id: `often-${randomUUID()}` }
      expect(await read(reader)).toContain('Bonjour')
      expect(await read(reader)).toBe('quota_exceeded')
      expect(await read(reader)).toBe('quota_exceeded')
      for (let time = 0; time < 3; time++) expect(await read(customer)).toContain('Bonjour')
      const later: Bearer = { ...sam, id: `later-${randomUUID()}` }
      expect(await read(later)).toContain('Bonjour')
      const recorded = async () =>
        (await api.store.readAll({ limit: 1_000 })).flatMap(({ event }) =>
          event.type === 'DataExported' && [reader.id, later.id].includes(event.by.id) ? [event.by.id] : [],
        )
      await expect.poll(recorded).toEqual([reader.id, later.id])
    } finally {
      await other.close()
    }
  })
})

describe('readers who do not read on', () => {
  const longChat = 'a-long-chat'
  beforeAll(async () => {
    const by = { kind: 'customer', id: 'long-customer' } as const
    await api.desk.startChat(longChat, { customer: { id: by.id } }, { by })
    for (let n = 0; n < 400; n++) {
      const command = { type: 'send', messageId: `long-${n}`, body: '漢'.repeat(9_900) } as const
      expect(await api.desk.execute('chat', longChat, command, { by })).toMatchObject({ ok: true })
    }
  })

  const stalled = async (as: Bearer, at = address): Promise<IncomingMessage> => {
    const headers = { authorization: `Bearer ${await tokenFor(as)}` }
    return new Promise((resolve, reject) => {
      const request = httpGet(`${at}/chats/${longChat}/transcript.txt`, { headers, agent: false }, (answer) => {
        answer.on('error', () => undefined)
        resolve(answer.pause())
      })
      request.on('error', reject)
    })
  }

  it('delay nobody else, even if they are never cut', async () => {
    const other = await startApi(api.databaseUrl, { limits: { transcriptMs: 3_600_000 } })
    const at = new URL(await other.app.listen({ port: 0, host: '127.0.0.1' })).origin
    const readers = await Promise.all(['1', '2', '3', '4'].map((n) => stalled({ ...sam, id: `slow-${n}` }, at)))
    const headers = { authorization: `Bearer ${await tokenFor(agent)}` }
    const short = await fetch(`${at}/chats/${chatId}/transcript.txt`, { headers })
    expect(short.status).toBe(200)
    expect(await short.text()).toContain('Bonjour')
    for (const reader of readers) reader.destroy()
    await other.close()
  })

  it('delay their own next transcript until they are cut', async () => {
    const asked = once(api.app.server, 'request') as Promise<[IncomingMessage, ServerResponse]>
    const reader = await stalled({ ...sam, id: 'slow-1' })
    const [, answer] = await asked
    let isCut = false
    answer.once('close', () => (isCut = true))
    const own = await get({ ...sam, id: 'slow-1' }, `${chatId}/transcript.txt`)
    expect([own.status, isCut]).toEqual([200, true])
    await own.text()
    reader.destroy()
  })
})

describe('sendChatTranscript', () => {
  const canSend = async (as: Bearer) => {
    const { chat } = await api.dataOf(as, `query ($id: ID!) { chat(id: $id) { canSendTranscript } }`, { id: chatId })
    return (chat as { canSendTranscript: boolean } | null)?.canSendTranscript
  }
  const sendIt = (as: Bearer) => mutate(api, as, 'sendChatTranscript', { chatId }, '')

  it('says beforehand whether it is possible, and refuses what is not', async () => {
    expect(await canSend(customer)).toBe(false)
    expect(await sendIt(customer)).toMatchObject({ userErrors: [{ code: 'CHAT_NOT_ANSWERED' }] })
    const other: Bearer = { ...zoe, id: 'transcript-other' }
    expect(await canSend(other)).toBeUndefined()
    expect(await sendIt(other)).toMatchObject({ userErrors: [{ code: 'CHAT_NOT_FOUND' }] })
    await mutate(api, agent, 'sendChatMessage', { chatId, messageId: 'a', body: 'Bonjour' }, '')
    expect(await canSend(customer)).toBe(true)
    expect(await sendIt(customer)).toMatchObject({ userErrors: [] })
  })

  it('is said of the chats of a list with as many statements as of the one with most merges', async () => {
    const customers = Array.from({ length: 12 }, (_, n) => `listed-${n}`)
    for (const id of customers) {
      await mutate(api, sam, 'registerCustomer', { customerId: id, name: 'Listed' }, '')
      const verified = Number(id.slice(-1)) % 2 === 0
      await mutate(api, sam, 'addCustomerEmail', { customerId: id, address: `${id}@example.com`, verified }, '')
      await api.desk.startChat(id, { customer: { id } }, { by: { kind: 'customer', id } })
    }
    await mutate(api, sam, 'registerCustomer', { customerId: 'survivor', name: 'Survivor' }, '')
    await mutate(
      api,
      sam,
      'addCustomerEmail',
      { customerId: 'survivor', address: 'kept@example.com', verified: true },
      '',
    )
    await mutate(api, sam, 'closeChat', { chatId: 'listed-1' }, '')
    await mutate(api, sam, 'mergeCustomers', { customerId: 'listed-1', intoCustomerId: 'survivor' }, '')
    for (let sent = 0; sent < 5; sent++)
      expect(
        await api.desk.execute(
          'chat',
          'listed-2',
          { type: 'sendTranscript', address: `${sent}@example.com` },
          { by: { kind: 'agent', id: agent.id } },
        ),
      ).toMatchObject({ ok: true })
    await mutate(api, sam, 'registerCustomer', { customerId: 'last', name: 'Last' }, '')
    const query = `query ($first: Int!, $filter: ChatFilter) { chats(first: $first, filter: $filter) { nodes { id canSendTranscript } } }`
    const list = async (customerId: readonly string[]) => {
      const before = api.queryCount()
      const { chats } = await api.dataOf(agent, query, { first: 50, filter: { customerId } })
      const { nodes } = chats as { nodes: readonly { id: string; canSendTranscript: boolean }[] }
      expect(nodes).toHaveLength(customerId.length)
      return { statements: api.queryCount() - before, nodes }
    }
    const all = await list(customers)
    const possible = all.nodes.flatMap(({ id, canSendTranscript }) =>
      canSendTranscript ? [id.slice('Chat~'.length)] : [],
    )
    expect(possible.sort()).toEqual(['listed-0', 'listed-1', 'listed-10', 'listed-4', 'listed-6', 'listed-8'])
    expect(all.statements).toBe((await list(['listed-1'])).statements)
  })

  it('is off where the desk sends no e-mail', async () => {
    const without = await startApi(api.databaseUrl)
    try {
      const { chat } = await without.dataOf(customer, `query ($id: ID!) { chat(id: $id) { canSendTranscript } }`, {
        id: chatId,
      })
      expect(chat).toEqual({ canSendTranscript: false })
      expect(await mutate(without, customer, 'sendChatTranscript', { chatId }, '')).toMatchObject({
        userErrors: [{ code: 'EMAIL_OFF' }],
      })
    } finally {
      await without.close()
    }
  })
})
