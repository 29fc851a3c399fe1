import type { Role } from '../auth/index.ts'

/** How the command line is called where this file is: installed in a product, or in a clone of the repository. */
export const commandLine = (place: string = import.meta.url): string =>
  place.includes('/node_modules/') ? 'npx guichet' : 'npm run -s guichet --'

/** What `serve` prints in development: the address, a token for each role, and three things to try. */
export function greeting(
  address: string,
  tokens: Readonly<Record<Role, string>> | undefined,
  ticketId: string | undefined,
): readonly string[] {
  if (!tokens) return ['', `Guichet answers at ${address}/graphql`]
  return [
    '',
    `Guichet answers at ${address}/graphql (an explorer in the browser)`,
    ...tokenLines(tokens),
    'Three things to try, in a shell that has the tokens:',
    '',
    '# 1. What the desk holds, and who is waiting (as an agent)',
    curl(
      address,
      'AGENT',
      '{ ticketCounters { total new inProgress waitingCustomer } tickets(first: 3) { nodes { id subject status customer { name } } } }',
    ),
    '',
    '# 2. Open a ticket (as a customer); a second time answers with the first outcome',
    curl(
      address,
      'CUSTOMER',
      'mutation { openTicket(input: {commandId: \\"hello-1\\", subject: \\"My first question\\", body: \\"How does this work?\\"}) { ticket { id status } repeated userErrors { code message } } }',
    ),
    '',
    ticketId === undefined
      ? '# 3. See response times and the report of the week'
      : '# 3. Who did what to a ticket, when and why',
    `${commandLine()} ${ticketId === undefined ? 'stats' : `replay ${ticketId}`}`,
    '',
  ]
}

/** The tokens as a shell takes them. */
export const tokenLines = (tokens: Readonly<Record<Role, string>>): readonly string[] => [
  '',
  'Tokens for development, valid for a day:',
  '',
  ...Object.entries(tokens).map(([role, token]) => `export ${role.toUpperCase()}='${token}'`),
  '',
]

/** A command that asks the API with a token of a role. */
export function curl(address: string, role: string, query: string): string {
  return (
    `curl -s ${address}/graphql -H "authorization: Bearer $${role}" -H 'content-type: application/json' \\\n` +
    `  -d '{"query":"${query}"}'`
  )
}
