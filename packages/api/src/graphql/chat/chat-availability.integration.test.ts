import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configurationSchema } from '@guichet/domain'
import { ana, bob, mutate, openEventStream, tokenFor, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
const by = { kind: 'agent', id: 'max' } as const

type Channels = Record<string, Record<string, unknown>>

/** Applies a configuration whose calendar opens on the one weekday that is three days off. */
async function apply(channels: Channels): Promise<void> {
  const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
  const far = days[(new Date().getUTCDay() + 3) % 7] ?? ''
  const configuration = configurationSchema.parse({
    calendars: { elsewhen: { timeZone: 'UTC', hours: { [far]: ['09:00-17:00'] } } },
    teams: [{ name: 'supervisors' }],
    plans: ['gold'],
    sla: { policies: [{ name: 'all', firstResponse: '4h' }] },
    chat: { channels },
  })
  const outcome = await api.desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by })
  if (!outcome.ok) throw new Error(outcome.refusal.message)
  // The same configuration again changes nothing.
  if (outcome.value.position !== undefined) await api.settled(outcome.value.position)
}

const shut = { hours: 'elsewhen' }
const available = (fields = 'open closesAt opensAt') => `{ chatAvailability { ${fields} } }`
const start = (id: string) => mutate(api, { ...zoe, id }, 'startChat', {}, 'chat { id }')
const codesOf = (result: { userErrors: readonly { code: string }[] }) => result.userErrors.map(({ code }) => code)

describe('a channel of chat', () => {
  it('tells its widgets when it closes and opens, and refuses starts in between', async () => {
    const address = await api.app.listen({ port: 0, host: '127.0.0.1' })
    const changes = await openEventStream<{ readonly chatAvailabilityChanged: { readonly open: boolean } }>(
      `${address}/graphql`,
      await tokenFor(zoe),
      'subscription { chatAvailabilityChanged { open } }',
    )
    expect((await changes.take(1))[0]?.data).toEqual({ chatAvailabilityChanged: { open: true } })
    const open = await start('early')
    expect(codesOf(open)).toEqual([])

    await apply({ web: shut })
    expect((await changes.take(1))[0]?.data).toEqual({ chatAvailabilityChanged: { open: false } })
    await changes.leave()
    const { chatAvailability } = (await api.dataOf(zoe, available())) as {
      chatAvailability: { open: boolean; closesAt: null; opensAt: string }
    }
    expect(chatAvailability).toMatchObject({ open: false, closesAt: null })
    const refused = await api.dataOf(
      { ...zoe, id: 'late' },
      'mutation { startChat(input: { commandId: "late" }) { chat { id } userErrors { code opensAt } } }',
    )
    expect(refused).toEqual({
      startChat: { chat: null, userErrors: [{ code: 'CHAT_CLOSED_NOW', opensAt: chatAvailability.opensAt }] },
    })
    // Who has a chat goes on with it: what they write waits for an agent.
    expect(codesOf(await start('early'))).toEqual([])
  })

  it('takes a message when nobody is there, as a ticket with the number for the desk alone', async () => {
    await apply({ web: shut })
    const left = { subject: 'Facture', body: 'Rappelez-moi', name: 'Zoé', phone: '+33 1 42 68 53 00' }
    const result = await mutate(api, zoe, 'leaveChatMessage', { commandId: 'left-1', ...left }, 'ticketId')
    expect(codesOf(result)).toEqual([])
    const again = await mutate(api, zoe, 'leaveChatMessage', { commandId: 'left-1', ...left }, 'ticketId repeated')
    const { ticketId } = result as unknown as { ticketId: string }
    expect(again).toMatchObject({ ticketId, repeated: true })
    const query = `{ ticket(id: "${ticketId}") { subject channel customer { name } conversation(first: 5) { nodes { kind body } } } }`
    expect(await api.dataOf(ana, query)).toEqual({
      ticket: {
        subject: 'Facture',
        channel: 'WEB',
        customer: { name: 'Zoé' },
        conversation: {
          nodes: [
            { kind: 'CUSTOMER', body: 'Rappelez-moi' },
            { kind: 'NOTE', body: '+33142685300' },
          ],
        },
      },
    })
  })

  it('is answered in the language that it says, before what the desk knows of the customer', async () => {
    await apply({ web: shut })
    await mutate(api, ana, 'registerCustomer', { customerId: 'lou', language: 'fr' }, '')
    const left = { subject: 'Bill', body: 'Call me', phone: '+33 1 42 68 53 02', language: 'en-GB' }
    const result = await mutate(api, { role: 'customer', id: 'lou' }, 'leaveChatMessage', left, 'ticketId')
    const { ticketId } = result as unknown as { ticketId: string }
    expect(await api.dataOf(ana, `{ ticket(id: "${ticketId}") { language } }`)).toEqual({
      ticket: { language: 'en-GB' },
    })
  })

  it('keeps the number in the record, where it identifies nobody, and the plan and the language in the ticket', async () => {
    await apply({ web: shut })
    await mutate(api, ana, 'registerCustomer', { customerId: 'pia', language: 'fr' }, '')
    const pia = { role: 'customer', id: 'pia', plan: 'gold' } as const
    const left = { subject: 'Facture', body: 'Rappelez-moi', phone: '+33 1 42 68 53 01' }
    const result = await mutate(api, pia, 'leaveChatMessage', left, 'ticketId')
    const { ticketId } = result as unknown as { ticketId: string }
    const query = `{ ticket(id: "${ticketId}") { plan language }
      customer(id: "pia") { phones { number verified } }
      customerByIdentity(identity: { phone: "+33142685301" }) { id } }`
    // The agent waits for her own writes alone.
    await expect
      .poll(() => api.dataOf(ana, query))
      .toEqual({
        ticket: { plan: 'gold', language: 'fr' },
        customer: { phones: [{ number: '+33142685301', verified: false }] },
        customerByIdentity: null,
      })
  })

  it.each([
    [{ email: 'nobody' }, 'EMAIL_INVALID', 'email'],
    [{ phone: '12' }, 'PHONE_INVALID', 'phone'],
    [{}, 'INVALID_COMMAND', 'email'],
  ])('takes no message that nobody can answer: %j', async (contact, code, field) => {
    const nobody = { role: 'customer', id: 'nobody' } as const
    const input = { subject: 'x', body: 'y', ...contact }
    const result = await mutate(api, nobody, 'leaveChatMessage', input, 'ticketId')
    expect(result.userErrors).toMatchObject([{ code, field }])
  })

  it('takes no message from a blocked customer, nor where it is configured to take none', async () => {
    const input = { subject: 'x', body: 'y', email: 'z@example.org' }
    await mutate(api, ana, 'registerCustomer', { customerId: 'blocked' }, '')
    await mutate(api, ana, 'blockCustomer', { customerId: 'blocked', reason: 'spam' }, '')
    const blocked = { ...zoe, id: 'blocked' }
    expect(codesOf(await mutate(api, blocked, 'leaveChatMessage', input, 'ticketId'))).toEqual(['CUSTOMER_BLOCKED'])
    await apply({})
    expect(codesOf(await start('blocked'))).toEqual(['CUSTOMER_BLOCKED'])
    await apply({ web: { offlineMessages: false } })
    expect(codesOf(await mutate(api, zoe, 'leaveChatMessage', input, 'ticketId'))).toEqual([
      'CHAT_OFFLINE_MESSAGES_OFF',
    ])
  })

  it('shows what it may do, and does nothing else', async () => {
    await apply({ web: { typing: false, queuePosition: false, files: false, voice: false } })
    const fields = 'abilities { typing queuePosition files voice push offlineMessages screenSharing recording }'
    expect(await api.dataOf(zoe, available(fields))).toEqual({
      chatAvailability: {
        abilities: {
          typing: false,
          queuePosition: false,
          files: false,
          voice: false,
          push: false,
          offlineMessages: true,
          screenSharing: false,
          recording: false,
        },
      },
    })
    const customer = { ...zoe, id: 'limited' }
    const { chat } = (await start('limited')) as unknown as { chat: { id: string } }
    const place = `{ chat(id: "${chat.id}") { place { position } } }`
    expect(await api.dataOf(customer, place)).toEqual({ chat: { place: { position: null } } })
    expect(await api.dataOf(bob, place)).toEqual({ chat: { place: { position: expect.any(Number) as unknown } } })
    const typing = `mutation { showChatTyping(input: { chatId: "${chat.id}", typing: true }) { userErrors { code } } }`
    expect(await api.dataOf(customer, typing)).toEqual({
      showChatTyping: { userErrors: [{ code: 'CHAT_TYPING_OFF' }] },
    })
    for (const [kind, field] of [
      ['FILE', 'attachments'],
      ['VOICE', 'kind'],
    ] as const) {
      const message = { chatId: chat.id, messageId: kind, kind, attachments: [{ fileId: 'f' }] }
      const sent = await mutate(api, customer, 'sendChatMessage', message, '')
      expect(sent.userErrors).toMatchObject([{ code: 'CHAT_KIND_NOT_ALLOWED', field }])
    }
  })
})
