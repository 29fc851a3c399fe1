import { issueToken } from '../../packages/cli/src/tokens/issue-token.ts'
import { tokenSecret } from './guichet.ts'

/** The result of a mutation that carries out a command. */
export type Answer = {
  readonly position: string | null
  readonly repeated: boolean
  readonly userErrors: readonly { readonly code: string }[]
}

/** A token of an agent, as an identity provider would issue it. */
export async function agentToken(id: string): Promise<string> {
  const key = { algorithm: 'HS256', secret: tokenSecret } as const
  return issueToken({ issuer: 'guichet', audience: 'guichet', key }, { role: 'agent', id, seconds: 3_600 })
}

const answer = 'position repeated userErrors { code }'
const mutations = {
  open: `mutation ($input: OpenTicketInput!) { result: openTicket(input: $input) { ${answer} } }`,
  reply: `mutation ($input: AgentReplyInput!) { result: agentReply(input: $input) { ${answer} } }`,
}

/** A command for a ticket, with the id that identifies a repeat. */
export type Command = { readonly kind: keyof typeof mutations; readonly ticketId: string; readonly commandId: string }

/** Sends a command; rejects when the server does not answer, or answers with an error. */
export async function send(url: string, token: string, { kind, ticketId, commandId }: Command): Promise<Answer> {
  const opening = { subject: 'Printer', customer: { id: 'customer-1' } }
  const input = { commandId, ticketId, body: `said in ${commandId}`, ...(kind === 'open' && opening) }
  const { result } = (await ask(url, token, mutations[kind], { input })) as { result?: Answer }
  if (!result) throw new Error('the server answered nothing')
  return result
}

/** Sends an operation and returns its data; rejects when the server does not answer, or answers with an error. */
export async function ask(url: string, token: string, query: string, variables: object = {}): Promise<unknown> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(120_000),
  })
  const { data, errors } = (await response.json()) as { data?: unknown; errors?: unknown }
  if (errors !== undefined || !data)
    throw new Error(`the server answered ${response.status}: ${JSON.stringify(errors)}`)
  return data
}
