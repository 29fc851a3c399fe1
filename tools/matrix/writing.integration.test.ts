import type { GraphQLField } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bearer } from '../../packages/api/src/server/testing/api-under-test.ts'
import type { Faults } from './matrix.ts'
import { askForAll, codesFor, isOfDesk, callers, useMatrix } from './matrix.ts'
import { inputOf } from './operations.ts'
import type { AnswerTexts } from './readers.ts'
import { overHttp } from './readers.ts'

/** For all operations of a kind together, on a machine that is busy. */
const patience = 900_000

const matrix = useMatrix({ beforeAll, afterAll })
const { api, schema, documents, inspectAnswer } = matrix

/** Customers do not choose the ids of their tickets, and visitors send files to no ticket. */
const withoutTicket = (as: Bearer | undefined, operation: string): boolean =>
  (as?.role === 'customer' && operation === 'openTicket') ||
  (as?.role === 'visitor' && /^(createUpload|uploadFile)$/.test(operation))

describe('writing', () => {
  let faults: Faults
  beforeAll(async () => {
    faults = await askForAll(schema, 'Mutation', mutateThings)
  }, patience)

  it.each(callers)(
    'mutations return to %s only what they may see, and the same answer for foreign as for unknown things',
    (_, as) => expect(faults.get(as)).toEqual([]),
  )
})

async function mutateThings(as: Bearer | undefined, field: GraphQLField<unknown, unknown>): Promise<readonly string[]> {
  const faults: string[] = []
  const strange: string[] = []
  for (const [whose, of] of matrix.thingsFor(as)) {
    const leftOut = withoutTicket(as, field.name) ? ['ticketId'] : []
    const input = inputOf(field, of, matrix.desk, `${field.name}-${as?.id}-${whose}`, leftOut)
    const answer = await overHttp(
      api,
      as,
      documents.operation('mutation', field, input, isOfDesk(as) ? 'full' : 'beyond'),
    )
    faults.push(...inspectAnswer(as, `${field.name}(${input})`, answer, codesFor(as, field.name)))
    const names = [of.ticket, of.chat, `customerId: "${of.customer}"`]
    if (names.some((name) => input.includes(name)) && whose !== as?.id) strange.push(comparable(answer))
  }
  if (new Set(strange).size > 1)
    faults.push(`${field.name} distinguishes foreign from unknown things: ${strange.join('\n')}`)
  return faults
}

/** An answer without values that always differ: ids, instants and positions. */
const comparable = ({ bodies }: AnswerTexts): string =>
  JSON.stringify(bodies.map(({ data }) => data))
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'INSTANT')
    .replace(/(?<![\w-])\d+-\d+(?![\w-])/g, 'POSITION')
    .replace(/"[\w+/-]{12,}={0,2}"/g, 'ENCODED')
    .replace(/zoe|max|vera|nobody/g, 'SOMEBODY')
