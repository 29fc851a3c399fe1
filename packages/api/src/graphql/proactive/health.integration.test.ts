import { afterAll, beforeAll, expect, it } from 'vitest'
import { configurationSchema } from '@guichet/domain'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, gateway, ines, mutate, sam, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
const reasons = 'reasons { term points count tickets { subject } drafts { id } chats { id } }'
const fields = `score isAtRisk sevenDaysAgo thirtyDaysAgo ${reasons}`

type Health = { readonly score: number; readonly isAtRisk: boolean; readonly reasons: readonly object[] }
type Listed = {
  readonly nodes: readonly {
    readonly customer: { readonly userId: string } | null
    readonly organisation: { readonly key: string } | null
    readonly health: Health
  }[]
  readonly pageInfo: { readonly hasNextPage: boolean }
}

beforeAll(async () => {
  await mutate(api, sam, 'registerOrganisation', { organisationId: 'acme', name: 'ACME' }, '')
  for (const [customerId, count] of [
    ['often', 6],
    ['once', 1],
    ['never', 0],
  ] as const) {
    await mutate(api, ana, 'registerCustomer', { customerId, name: customerId, organisationId: 'acme' }, '')
    for (let number = 1; number <= count; number++) {
      const ticket = { subject: `Help ${number}`, body: 'It is broken.' }
      await mutate(api, { id: customerId, role: 'customer' }, 'openTicket', ticket, '')
    }
  }
  await applySettings(75)
})

async function applySettings(atRisk: number): Promise<void> {
  const configuration = configurationSchema.parse({ proactive: { health: { atRisk } } })
  const by = { kind: 'agent', id: 'ada' } as const
  const outcome = await api.desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by })
  if (!outcome.ok) throw new Error(outcome.refusal.message)
}

const healthOf = async (as: Bearer, id: string): Promise<Health | null> => {
  const { customer } = await api.dataOf(as, `{ customer(id: "${id}") { health { ${fields} } } }`)
  return (customer as { readonly health: Health | null }).health
}

it('says of a customer why their score is lower than 100, with the tickets', async () => {
  const often = await healthOf(ana, 'often')
  expect(often).toMatchObject({ score: 70, isAtRisk: true, sevenDaysAgo: 100, thirtyDaysAgo: 100 })
  expect(often?.reasons).toMatchObject([{ term: 'TICKETS', points: 30, count: 6, drafts: [], chats: [] }])
  expect(JSON.stringify(often?.reasons)).toContain('Help 6')
  expect(await healthOf(ana, 'never')).toMatchObject({ score: 100, isAtRisk: false, reasons: [] })
})

it('says of an organisation how its members fare', async () => {
  const { organisation } = await api.dataOf(ana, `{ organisation(id: "acme") { health { ${fields} } } }`)
  expect(organisation).toMatchObject({ health: { score: 70, reasons: [{ term: 'TICKETS', count: 7 }] } })
})

it('lists who is at risk, by organisation too', async () => {
  const list = async (query: string): Promise<Listed> => {
    const selection = 'nodes { customer { userId } organisation { key } health { score } } pageInfo { hasNextPage }'
    return (await api.dataOf(ana, `{ atRisk(first: 5, ${query}) { ${selection} } }`))['atRisk'] as Listed
  }
  const often = { customer: { userId: 'often' }, organisation: null, health: { score: 70 } }
  expect(await list('of: CUSTOMERS')).toEqual({ nodes: [often], pageInfo: { hasNextPage: false } })
  expect((await list('organisationId: "acme"')).nodes).toEqual([often])
  expect((await list('organisationId: "other"')).nodes).toEqual([])
  const acme = { customer: null, organisation: { key: 'acme' }, health: { score: 70 } }
  expect((await list('of: ORGANISATIONS')).nodes).toEqual([acme])
  const both = '{ atRisk(first: 5, of: ORGANISATIONS, organisationId: "acme") { nodes { health { score } } } }'
  const { errors } = await api.ask(ana, both)
  expect(errors).toMatchObject([{ extensions: { code: 'malformed_input' } }])
})

it('counts those at risk day by day', async () => {
  const { atRiskCounts } = await api.dataOf(ana, '{ atRiskCounts { day customers organisations } }')
  const counts = atRiskCounts as readonly { readonly day: string; readonly customers: number }[]
  expect(counts).toHaveLength(30)
  expect(counts[0]).toMatchObject({ customers: 0, organisations: 0 })
  expect(counts.at(-1)).toMatchObject({ customers: 1, organisations: 1 })
  const { errors } = await api.ask(ana, '{ atRiskCounts(from: "2026-01-01", to: "2026-03-01") { day } }')
  expect(errors).toMatchObject([{ extensions: { code: 'malformed_input' } }])
})

it('is for people of the desk and auditors, and for no customer and no service', async () => {
  for (const as of [ana, sam, ines]) expect(await healthOf(as, 'once')).toMatchObject({ score: 95 })
  expect(await healthOf(gateway, 'once')).toBeNull()
  for (const as of [zoe, gateway]) {
    const { errors } = await api.ask(as, '{ atRisk(first: 1) { nodes { health { score } } } }')
    expect(errors).toMatchObject([{ extensions: { code: 'forbidden' } }])
  }
})

it('follows the settings in force', async () => {
  await applySettings(50)
  expect(await healthOf(ana, 'often')).toMatchObject({ score: 70, isAtRisk: false })
})
