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
