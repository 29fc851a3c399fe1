import type { ProvidedRole } from '@guichet/api/auth'
import type { ClockList } from '../development/temporal-server.ts'

/** Returns the name of the command line at the place of this file: installed in a product, or in a repository clone. */
export const commandLine = (place: string = import.meta.url): string =>
  place.includes('/node_modules/') ? 'npx guichet' : 'npm run -s guichet --'

/** Returns the text that `serve` prints in development: the address, a token for each role, and three things to try. */
export function greeting(
  address: string,
  tokens: Readonly<Record<ProvidedRole, string>> | undefined,
  ticketId: string | undefined,
): readonly string[] {
  if (!tokens) return ['', `Guichet answers at ${address}/graphql`]
  return [
    '',
    `Guichet answers at ${address}/graphql (an explorer in the browser)`,
    `Live chat: a visitor's page is ${address}/chat, an agent's ${address}/chat/agent`,
    `Articles are written on ${address}/desk/articles`,
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

/** Returns the tokens as shell assignments. */
const tokenLines = (tokens: Readonly<Record<ProvidedRole, string>>): readonly string[] => [
  '',
  'Tokens for development, valid for a day:',
  '',
  ...Object.entries(tokens).map(([role, token]) => `export ${role.toUpperCase()}='${token}'`),
  '',
]

/** Returns a shell command that queries the API with a token of a role. */
function curl(address: string, role: string, query: string): string {
  return (
    `curl -s ${address}/graphql -H "authorization: Bearer $${role}" -H 'content-type: application/json' \\\n` +
    `  -d '{"query":"${query}"}'`
  )
}

/** The clock of a ticket: its name in Temporal, and its page in the UI. */
type ClockPlace = { readonly ticketId: string; readonly clock: string | undefined; readonly url: string | undefined }

/** The contents of the greeting of `guichet dev`. */
export type DevGreeting = {
  readonly api: string
  readonly temporal: string
  /** The address of Temporal's UI, if known. */
  readonly ui: string | undefined
  readonly tokens: Readonly<Record<ProvidedRole, string>> | undefined
  readonly lists: Readonly<Record<string, ClockList>>
  /** The end of the list of due deadlines. */
  readonly until: string
  /** The ticket whose clock fires next. */
  readonly next: (ClockPlace & { readonly dueAt: string }) | undefined
  /** The ticket that the suggested command opens. */
  readonly own: ClockPlace & { readonly commandId: string }
}

/** Returns the text of `guichet dev`: all addresses, the waiting clocks, and how to see a clock within a minute. */
export function devGreeting({
  api,
  temporal,
  ui,
  tokens,
  lists,
  until,
  next,
  own: ownTicket,
}: DevGreeting): readonly string[] {
  return [
    '',
    `Guichet       ${api}/graphql (an explorer in the browser)`,
    `Temporal      ${temporal}`,
    ...(ui === undefined ? [] : [`Temporal UI   ${ui}`]),
    ...(tokens ? tokenLines(tokens) : ['']),
    ui === undefined ? 'What the clocks wait for, as list filters of the Temporal UI:' : 'What the clocks wait for:',
    '',
    ...Object.values(lists).flatMap(({ question, filter, url }) => [`# ${question}`, url ?? filter]),
    '',
    `The hour ends at ${until}; for a later one change the instant in the filter.`,
    '',
    'To see clocks at work, in a shell that has the tokens:',
    '',
    ...(next ? [`# ${next.ticketId}: its next deadline is at ${next.dueAt}`, referenceTo(next)] : []),
    '# Open a ticket as a customer, and ask something back as an agent',
    curl(
      api,
      'CUSTOMER',
      `mutation { openTicket(input: {commandId: \\"${ownTicket.commandId}\\", subject: \\"My first clock\\", body: \\"When will you answer?\\", category: \\"account_support\\"}) { ticket { id status } userErrors { code message } } }`,
    ),
    curl(
      api,
      'AGENT',
      `mutation { agentReply(input: {commandId: \\"${ownTicket.commandId}-answer\\", ticketId: \\"${ownTicket.ticketId}\\", body: \\"Soon. Which browser do you use?\\", then: WAITING_CUSTOMER}) { ticket { status deadlines { kind dueAt } } userErrors { code message } } }`,
    ),
    '# Its clock, which will chase the customer in three days',
    referenceTo(ownTicket),
    '',
    'Ctrl-C ends everything; the tickets and their clocks are kept.',
  ]
}

const referenceTo = ({ clock, url }: ClockPlace): string => url ?? `WorkflowId = "${clock ?? ''}"`
