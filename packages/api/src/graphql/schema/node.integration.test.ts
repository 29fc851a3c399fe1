import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useApi } from '../../server/testing/api-under-test.ts'
import { openTicket } from '../../server/testing/commands.ts'
import { ana, max, zoe } from '../../server/testing/tokens.ts'

const api = useApi({ beforeAll, afterAll })

const globalId = (text: string): string => Buffer.from(text).toString('base64')
const noNode = ['', 'xx', 'é', '{}', globalId(''), globalId('Ticket:'), globalId('Viewer:1'), globalId('Ticket:\u0000')]

let id: string
beforeAll(async () => {
  id = globalId(`Ticket:${await openTicket(api, zoe)}`)
})

describe('an id that names no node', () => {
  it.each(noNode)('%j is answered with null', async (bad) => {
    const { data, errors } = await api.ask(ana, 'query ($id: ID!) { node(id: $id) { id } }', { id: bad })
    expect({ data, errors }).toEqual({ data: { node: null }, errors: [] })
  })

  it('does not keep others from being answered', async () => {
    const ids = [...noNode, id, ...noNode]
    const { data, errors } = await api.ask(ana, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })
    const none = noNode.map(() => null)
    expect({ data, errors }).toEqual({ data: { nodes: [...none, { id }, ...none] }, errors: [] })
  })
})

it('is a node to those who may see it only', async () => {
  const nodeOf = async (as: typeof zoe) =>
    (await api.ask(as, 'query ($id: ID!) { node(id: $id) { id } }', { id })).data?.['node']
  expect([await nodeOf(zoe), await nodeOf(max)]).toEqual([{ id }, null])
})
