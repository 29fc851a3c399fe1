import type { Position } from '@guichet/domain'
import type { ApiUnderTest } from './api-under-test.ts'
import type { Bearer } from './tokens.ts'

/** What a mutation answers with, as the tests ask for it. */
export type Result = {
  readonly position: Position | null
  readonly version: number | null
  readonly repeated: boolean
  readonly readModelsReached: boolean
  readonly userErrors: readonly { readonly code: string; readonly message: string; readonly field: string | null }[]
  readonly ticket?: { readonly ticketId: string; readonly status: string; readonly version: number } | null
}

const selection = 'position version repeated readModelsReached userErrors { code message field }'

let last = 0
/** A command id that no other command has. */
export const nextCommandId = (): string => `command-${++last}`

/** Sends a mutation that must be let through, until all read models show it; a domain's refusal is an answer. */
export async function mutate(
  api: ApiUnderTest,
  as: Bearer,
  operation: string,
  input: Record<string, unknown>,
  entity = 'ticket { ticketId: id status version }',
): Promise<Result> {
  const { data, errors } = await api.ask(as, mutation(operation, entity), {
    input: { commandId: nextCommandId(), ...input },
  })
  if (errors.length > 0) throw new Error(`${operation}: ${JSON.stringify(errors)}`)
  const result = data?.[operation] as Result
  if (result.position !== null) await api.settled(result.position)
  return result
}

/** The document of a mutation with its input in the variable `input`. */
export function mutation(operation: string, entity = 'ticket { ticketId: id status version }'): string {
  const type = `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Input`
  return `mutation ($input: ${type}!) { ${operation}(input: $input) { ${selection} ${entity} } }`
}

/** Opens a ticket as a customer and answers with its id. */
export async function openTicket(api: ApiUnderTest, as: Bearer, input: Record<string, unknown> = {}): Promise<string> {
  const { ticket } = await mutate(api, as, 'openTicket', {
    subject: 'Mot de passe',
    body: 'Je ne peux plus me connecter.',
    ...input,
  })
  if (!ticket) throw new Error('no ticket was opened')
  return ticket.ticketId
}
