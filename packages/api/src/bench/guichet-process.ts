import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** The command line that this bench belongs to. */
const program = fileURLToPath(new URL('../../bin/guichet.js', import.meta.url))

/** A run of the command line in a process of its own. */
export type GuichetProcess = {
  readonly child: ChildProcess
  /** Everything it has printed so far. */
  output(): string
  /** Resolves with its exit code. */
  readonly exited: Promise<number | null>
}

/** Starts the command line with its data in a folder; what is not in `environment` it inherits. */
export function startGuichet(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>>,
): GuichetProcess {
  const env = { ...process.env, NODE_ENV: 'development', ...environment }
  const child = spawn(process.execPath, [program, ...parameters], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const exited = once(child, 'exit').then(([code]: unknown[]) => code as number | null)
  return { child, output: () => output, exited }
}

/** A server of its own, and the secret that its tokens are signed with; `environment` comes on top of what every such server has. */
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
 * Waits until a server started with `--json` has printed where it listens, and answers that it is ready.
 * @returns its origin, such as `http://127.0.0.1:4000`.
 * @throws Error with what it printed when it ends before, or is not ready within a minute.
 */
export async function untilReady(server: GuichetProcess): Promise<string> {
  for (const deadline = Date.now() + 60_000; ; await delay(100)) {
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
