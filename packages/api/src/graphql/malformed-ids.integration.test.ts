import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ana,
  mutate,
  openEventStream,
  openTicket,
  sam,
  tokenFor,
  useApi,
  zoe,
} from '../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

describe.each([
  ['a NUL', '\0'],
  ['nothing', ''],
  ['too much', 'x'.repeat(5_000)],
])('an id of %s', (_, id) => {
  it.each([ana, zoe])('is refused by ticketChanged', async (as) => {
    const url = `${await address()}/graphql`
    const query = `subscription { ticketChanged(id: ${JSON.stringify(id)}) { position } }`
    const changes = await openEventStream(url, await tokenFor(as), query)
    expect(await changes.rest()).toMatchObject([{ errors: [{ extensions: { code: 'ticket_unknown' } }] }])
  })

  it.each(['agent', 'incident', 'ticket'])('finds no %s', async (field) => {
    const { data, errors } = await api.ask(ana, `{ ${field}(id: ${JSON.stringify(id)}) { __typename } }`)
    expect({ data, errors }).toEqual({ data: { [field]: null }, errors: [] })
  })

  it('is refused in commands to agents and incidents, with the name of its field', async () => {
    for (const [operation, input, field] of [
      ['registerAgent', { agentId: id, name: 'Ann' }, 'agentId'],
      ['setAvailability', { agentId: id, availability: 'AVAILABLE' }, 'agentId'],
      ['acknowledgeIncident', { incidentId: id }, 'incidentId'],
      ['declareIncident', { incidentId: id, title: 'Down', customer: { id: 'zoe' } }, 'incidentId'],
      ['startTicket', { ticketId: id }, 'ticketId'],
    ] as const) {
      const { userErrors } = await mutate(api, sam, operation, input, '')
      expect({ operation, userErrors }).toMatchObject({
        operation,
        userErrors: [{ code: 'INVALID_COMMAND', field, message: expect.stringMatching(new RegExp(`^${field}: `)) }],
      })
    }
  })

  it('is refused in merges and links', async () => {
    const ticketId = await openTicket(api, zoe)
    for (const [operation, input, field] of [
      ['mergeTickets', { source: id, target: ticketId }, 'source'],
      ['mergeTickets', { source: ticketId, target: id }, 'target'],
      ['linkTickets', { ticketId, to: id }, 'to'],
    ] as const) {
      const { userErrors } = await mutate(api, ana, operation, input)
      expect({ operation, userErrors }).toMatchObject({ operation, userErrors: [{ code: 'TICKET_NOT_FOUND', field }] })
    }
  })
})

let listening: Promise<string> | undefined
const address = (): Promise<string> => (listening ??= api.app.listen({ port: 0, host: '127.0.0.1' }))

describe.each(['x', '|', '漢', '𠀀', '😀'])('an id of 200 characters, of %s', (character) => {
  const idOf = (start: string): string => `${start}${character.repeat(199)}`

  it('is taken for an agent, a customer, an organisation and the customer of a chat, and shown in lists', async () => {
    const [agentId, customerId, organisationId] = [idOf('a'), idOf('c'), idOf('o')]
    for (const [operation, input] of [
      ['registerOrganisation', { organisationId, name: character.repeat(200) }],
      ['registerAgent', { agentId, name: character.repeat(200) }],
      ['registerCustomer', { customerId, name: `n${character.repeat(199)}`, organisationId }],
      ['changeCustomer', { customerId, firstName: `f${character.repeat(199)}` }],
    ] as const) {
      const { userErrors, position } = await mutate(api, sam, operation, input, '')
      expect({ operation, userErrors }).toEqual({ operation, userErrors: [] })
      expect(position).not.toBeNull()
    }
    const { userErrors } = await mutate(api, { id: customerId, role: 'customer' }, 'startChat', {}, '')
    expect(userErrors).toEqual([])
    expect(await api.dataOf(ana, `{ customer(id: ${JSON.stringify(customerId)}) { userId } }`)).toEqual({
      customer: { userId: customerId },
    })
  })

  it('is refused with one character more', async () => {
    for (const [operation, field] of [
      ['registerOrganisation', 'organisationId'],
      ['registerAgent', 'agentId'],
      ['registerCustomer', 'customerId'],
    ] as const) {
      const given = { [field]: `${idOf('z')}z`, name: 'Zoé' }
      const { userErrors } = await mutate(api, sam, operation, given, '')
      expect({ operation, userErrors }).toMatchObject({ operation, userErrors: [{ code: 'INVALID_COMMAND', field }] })
    }
  })
})
