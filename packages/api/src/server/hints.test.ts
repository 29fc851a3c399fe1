import { GraphQLError } from 'graphql'
import { expect, it } from 'vitest'
import { withoutHints } from './operations.ts'

const shown = (message: string): string => withoutHints(new GraphQLError(message)).message

it('leaves the suggestion out that ends a message', () => {
  expect(shown('Cannot query field "ticke" on type "Query". Did you mean "ticket" or "tickets"?')).toBe(
    'Cannot query field "ticke" on type "Query".',
  )
})

it('leaves a message as it is that quotes the beginning of one', () => {
  const quoted = 'Value "Did you mean x?" does not exist in "TicketStatus" enum.'
  expect(shown(quoted)).toBe(quoted)
})

it('leaves the suggestion out behind a value that repeats its beginning, and the value where it was', () => {
  const value = 'Did you mean '.repeat(75_000)
  expect(shown(`Value "${value}" does not exist. Did you mean "new"?`)).toBe(`Value "${value}" does not exist.`)
})
