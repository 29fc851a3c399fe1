import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { SignJWT } from 'jose'

/** The command line of this installation. */
const program = fileURLToPath(new URL('../../../packages/cli/bin/guichet.js', import.meta.url))

/** As in `npm start` and in the container. */
const youngGeneration = '--max-semi-space-size=32'

/** A run of the command line in a separate process. */
type GuichetProcess = {
  readonly child: ChildProcess
  /** Everything it has printed so far. */
  output(): string
  /** Resolves with its exit code. */
  readonly exited: Promise<number | null>
}

/** Starts the command line with its data in a folder. It inherits all variables that are not in `environment`. */
export function startGuichet(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>>,
): GuichetProcess {
  const env = { ...process.env, NODE_ENV: 'development', ...environment }
  const child = spawn(process.execPath, [youngGeneration, program, ...parameters], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const exited = once(child, 'exit').then(([code]: unknown[]) => code as number | null)
  return { child, output: () => output, exited }
}

/** Starts a separate server, with the secret of its tokens; `environment` extends the usual environment of these servers. */
export function startServer(
  home: string,
  databaseUrl: string,
  environment: Readonly<Record<string, string>> = {},
): { readonly server: GuichetProcess; readonly secret: string } {
  const secret = randomBytes(32).toString('hex')
  const server = startGuichet(['serve', '--port', '0', '--json'], {
    GUICHET_HOME: home,
    DATABASE_URL: databaseUrl,
    GUICHET_JWT_SECRET: secret,
    GUICHET_LOG_LEVEL: 'error',
    ...environment,
  })
  return { server, secret }
}

/**
 * Waits until a server started with `--json` has printed its address, and reports that it is ready.
 * @returns its origin, such as `http://127.0.0.1:4000`.
 * @throws Error with its output when it ends before, or is not ready within three minutes.
 */
export async function untilReady(server: GuichetProcess): Promise<string> {
  for (const deadline = Date.now() + 180_000; ; await delay(100)) {
    const [, address] = /"address":"([^"]+)"/.exec(server.output()) ?? []
    const origin = address === undefined ? undefined : new URL(address).origin
    if (origin !== undefined && (await isReady(origin))) return origin
    if (server.child.exitCode !== null || Date.now() > deadline) {
      server.child.kill('SIGKILL')
      throw new Error(`the server did not become ready:\n${server.output()}`)
    }
  }
}

async function isReady(origin: string): Promise<boolean> {
  return fetch(`${origin}/ready`).then(
    (response) => response.ok,
    () => false,
  )
}

/** Sends one GraphQL operation, as the next bearer or a given one, and returns the text of the response. */
export type Ask = (query: string, variables: object, bearer?: number) => Promise<string>

/** Concurrent clients with persistent connections to a server. */
type GraphqlClients = { readonly ask: Ask; close(): Promise<void> }

/**
 * Opens connections, on which the bearers of the tokens take turns, since each has a rate limit.
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

/** Signs a token of an agent as an identity provider would, for an hour. */
export const agentToken = (secret: string): Promise<string> =>
  signedToken(secret, { role: 'agent', subject: `agent-${randomUUID()}`, name: 'Camille' })

/** Signs a token of a principal, for an hour. */
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
