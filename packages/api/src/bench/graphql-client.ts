import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'

/** Sends one GraphQL operation, as the next bearer or as a certain one, and answers with the text of the response. */
export type Ask = (query: string, variables: object, bearer?: number) => Promise<string>

/** Clients that keep their connections to a server, as many as there are at a time. */
export type GraphqlClients = { readonly ask: Ask; close(): Promise<void> }

/**
 * Opens connections through which the bearers of the tokens take turns: one person is not let in without limit.
 * @throws Error in one line when the client is not installed: it comes with the repository, not with the package.
 */
export async function openClients(
  url: string,
  tokens: readonly string[],
  connections: number,
): Promise<GraphqlClients> {
  const { Pool } = await import('undici').catch((cause: unknown) => {
    throw new Error('the bench needs undici: run it in a clone, after npm ci', { cause })
  })
  const pool = new Pool(url, { connections, pipelining: 1 })
  let turn = 0
  return {
    ask: async (query, variables, bearer = turn++) => {
      const authorization = `Bearer ${tokens[bearer % tokens.length]}`
      const headers = { 'content-type': 'application/json', authorization }
      const body = JSON.stringify({ query, variables })
      const response = await pool.request({ path: '/graphql', method: 'POST', headers, body })
      const text = await response.body.text()
      const carriedOut = response.statusCode === 200 && !text.includes('"errors"') && !/"userErrors":\[[^\]]/.test(text)
      if (!carriedOut) throw new Error(`the server answered ${response.statusCode}: ${text.slice(0, 500)}`)
      return text
    },
    close: () => pool.close(),
  }
}

/** A token of an agent as an identity provider would issue it, for an hour. */
export const agentToken = (secret: string): Promise<string> =>
  signedToken(secret, { role: 'agent', subject: `agent-${randomUUID()}`, name: 'Camille' })

/** A token of anybody, for an hour. */
export async function signedToken(
  secret: string,
  { role, subject, name }: { readonly role: string; readonly subject: string; readonly name?: string },
): Promise<string> {
  return new SignJWT({ role, ...(name !== undefined && { name }) })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setIssuer('guichet')
    .setAudience('guichet')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret))
}
