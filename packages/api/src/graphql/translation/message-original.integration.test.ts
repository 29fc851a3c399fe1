import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configurationSchema, instant, transcriptSchema } from '@guichet/domain'
import { replayTicket } from '@guichet/desk/replay'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, max, mutate, openTicket, sam, tokenFor, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
beforeAll(async () => void (await api.app.listen({ port: 0, host: '127.0.0.1' })))

const auditor: Bearer = { ...sam, id: 'audit', role: 'auditor' }
const asked = 'Hello, my order is late'
const body = 'We have sent your order today'
const original = { body: 'Nous avons envoyé votre commande zibeline', language: 'fr' }
const translated = { body, original }
const originals = 'body original { body language }'

const readBy = async (as: Bearer, ticketId: string, at?: string): Promise<unknown> => {
  const list = `conversation(first: 20) { nodes { ${originals} } }`
  const data = await api.dataOf(
    as,
    `{ ticket(id: "${ticketId}") { ${at === undefined ? list : `asOf(at: "${at}") { ${list} }`} } }`,
  )
  type View = { readonly conversation: { readonly nodes: unknown } }
  const ticket = data['ticket'] as (View & { readonly asOf: View }) | null
  return (at === undefined ? ticket : ticket?.asOf)?.conversation.nodes
}

describe('a reply that is sent in translation', () => {
  const send = async (of = translated): Promise<string> => {
    const ticketId = await openTicket(api, zoe, { body: asked, language: 'en' })
    expect(await mutate(api, ana, 'agentReply', { ticketId, ...of })).toMatchObject({ userErrors: [] })
    return ticketId
  }

  it('is shown as it was sent, with its original, to the customer and to everybody of the desk', async () => {
    const ticketId = await send()
    const later = instant(new Date('2099-01-01'))
    for (const as of [ana, sam, auditor, zoe])
      for (const at of [undefined, later])
        expect(await readBy(as, ticketId, at)).toEqual([{ body: asked, original: null }, translated])
    expect(await readBy(max, ticketId)).toBeUndefined()
  })

  it('is found by what was sent, and by nobody by its original', async () => {
    const ticketId = await send({ body: 'Your marmalade left', original })
    for (const as of [ana, zoe]) {
      const found = async (search: string): Promise<unknown> =>
        (await api.dataOf(as, `{ tickets(first: 9, filter: { search: "${search}" }) { nodes { id } } }`))['tickets']
      expect(await found('marmalade')).toEqual({ nodes: [{ id: ticketId }] })
      expect(await found('zibeline')).toEqual({ nodes: [] })
    }
  })

  it('loses its original with its text, now, as of before and in its replay', async () => {
    const ticketId = await send()
    const before = instant(new Date())
    const { ticket } = await api.dataOf(
      ana,
      `{ ticket(id: "${ticketId}") { conversation(last: 1) { nodes { key } } } }`,
    )
    const messageId = (ticket as { conversation: { nodes: { key: string }[] } }).conversation.nodes[0]?.key
    expect(await mutate(api, ana, 'redactMessage', { ticketId, messageId })).toMatchObject({ userErrors: [] })
    for (const as of [ana, zoe])
      for (const at of [undefined, before])
        expect(await readBy(as, ticketId, at)).toEqual([
          { body: asked, original: null },
          { body: '', original: null },
        ])
    expect(JSON.stringify(await replayTicket(api.desk, ticketId))).not.toContain('zibeline')
  })

  it('is shown as it was with texts that are too long to be kept in memory', async () => {
    const long = (n: number) => ({
      body: `${n}:`.padEnd(60_000, 'x'),
      original: { body: `${n}:`.padEnd(60_000, 'y'), language: 'fr' },
    })
    const ticketId = await openTicket(api, zoe, { body: asked, language: 'en' })
    for (let n = 1; n <= 9; n++) await mutate(api, ana, 'agentReply', { ticketId, ...long(n) })
    const later = instant(new Date('2099-01-01'))
    const replies = Array.from({ length: 9 }, (_, index) => long(index + 1))
    expect(await readBy(ana, ticketId, later)).toEqual([{ body: asked, original: null }, ...replies])
  })
})

describe('a message of a chat that is sent in translation', () => {
  const chatOf = async (): Promise<string> => {
    await mutate(api, sam, 'registerAgent', { agentId: 'ana', name: 'Ana', languages: ['fr'] }, '')
    await mutate(api, sam, 'setAvailability', { agentId: 'ana', availability: 'AVAILABLE' }, '')
    const message = { messageId: 'first', body: asked }
    const started = await mutate(api, zoe, 'startChat', { message, language: 'en' }, 'chat { id }')
    const { id } = (started as unknown as { readonly chat: { readonly id: string } }).chat
    await mutate(api, ana, 'acceptChat', { chatId: id }, '')
    return id
  }
  const read = async (as: Bearer, chatId: string): Promise<unknown> => {
    const message = `message { ${originals} }`
    const { chat } = await api.dataOf(
      as,
      `{ chat(id: "${chatId}") { messages(last: 1) { nodes { ${originals} } } events(last: 1) { nodes { ${message} } } } }`,
    )
    return chat
  }
  const transcript = async (as: Bearer, chatId: string, format: string): Promise<string> => {
    const { port } = api.app.server.address() as AddressInfo
    const url = `http://127.0.0.1:${port}/chats/${chatId.replace(/^Chat~/, '')}/transcript.${format}`
    return (await fetch(url, { headers: { authorization: `Bearer ${await tokenFor(as)}` } })).text()
  }

  it('is shown with its original until the text is changed, also in the transcript of the desk', async () => {
    const chatId = await chatOf()
    const sending = { chatId, messageId: 'm', ...translated }
    expect(await mutate(api, ana, 'sendChatMessage', sending, '')).toMatchObject({ userErrors: [] })
    for (const as of [ana, zoe])
      expect(await read(as, chatId)).toEqual({
        messages: { nodes: [translated] },
        events: { nodes: [{ message: translated }] },
      })
    const { entries } = transcriptSchema.parse(JSON.parse(await transcript(ana, chatId, 'json')))
    expect(entries.at(-1)).toMatchObject({ text: body, message: { original } })
    expect(await transcript(ana, chatId, 'txt')).toContain(`[fr] ${original.body}`)
    for (const format of ['json', 'txt']) {
      const theirs = await transcript(zoe, chatId, format)
      expect(theirs).toContain(body)
      expect(theirs).not.toContain('zibeline')
    }

    const edit = { chatId, messageId: 'm', body: 'We have sent it' }
    expect(await mutate(api, ana, 'editChatMessage', edit, '')).toMatchObject({ userErrors: [] })
    const changed = { body: 'We have sent it', original: null }
    for (const as of [ana, zoe]) expect(await read(as, chatId)).toMatchObject({ messages: { nodes: [changed] } })
    expect(await transcript(ana, chatId, 'txt')).not.toContain('zibeline')
  })

  it('is none of the customer', async () => {
    const chatId = await chatOf()
    const { userErrors } = await mutate(api, zoe, 'sendChatMessage', { chatId, messageId: 'm', ...translated }, '')
    expect(userErrors).toMatchObject([{ code: 'CHAT_KIND_NOT_ALLOWED', field: 'original' }])
  })
})

describe('where the desk keeps originals to itself', () => {
  it('customers read the mark alone', async () => {
    const by = { kind: 'system', id: 'test' } as const
    const configuration = configurationSchema.parse({ desk: { originals: 'desk' } })
    const applied = await api.desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by })
    expect(applied).toMatchObject({ ok: true })
    const ticketId = await openTicket(api, zoe, { body: asked, language: 'en' })
    await mutate(api, ana, 'agentReply', { ticketId, ...translated })
    expect(await readBy(ana, ticketId)).toEqual([{ body: asked, original: null }, translated])
    expect(await readBy(zoe, ticketId)).toEqual([
      { body: asked, original: null },
      { body, original: { language: 'fr', body: null } },
    ])
  })
})
