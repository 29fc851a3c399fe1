import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { root } from '../workspace/sources.ts'

type Variables = Readonly<Record<string, string | undefined>>

/** A server that runs in the host's process. */
export type HostedServer = {
  readonly url: string
  /** The tokens that it printed, by the role. */
  readonly tokens: Readonly<Record<string, string>>
  /** Interrupts it; resolves with its exit code. */
  stop(): Promise<number>
}

/** A process that runs command lines of the built Guichet one after another, and is started once for all of them. */
export type CommandHost = {
  /** The definition of the shell function `guichet`, which runs there what a process of its own would. */
  readonly shellFunction: string
  /** Starts a server. */
  serve(variables: Variables): Promise<HostedServer>
  /** What the process itself has printed on standard error: the log of the commands. */
  printedErrors(): string
  close(): Promise<void>
}

/**
 * A function of bash that hands its arguments, its folder and its exported variables to the host, and prints what comes
 * back where it belongs. It reads to the end even if nobody reads its own output any more: so does a process.
 */
const shellFunction = (socket: string): string => `guichet() (
  trap '' PIPE
  code='no exit code'
  while IFS= read -r line; do
    case $line in
      1*) printf '%s\\n' "\${line:1}" 2>/dev/null ;;
      2*) printf '%s\\n' "\${line:1}" >&2 ;;
      =*) code=\${line:1} ;;
    esac
  done < <({ printf '%s\\0' "$PWD" "$#" "$@"; env -0; } |
    curl -sSN --unix-socket '${socket}' -H 'content-type: text/plain' --data-binary @- http://localhost/)
  exit "$code"
)
`

/** Starts the process. */
export async function startCommandHost(): Promise<CommandHost> {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-host-'))
  const socket = join(folder, 'commands')
  const child = spawn(process.execPath, [join(import.meta.dirname, 'command-host.mjs'), socket], {
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (printed: string) => (errors += printed))
  await Promise.race([once(child.stdout, 'data'), ended.then(() => Promise.reject(new Error(errors)))])
  const post = (method: string): ClientRequest => request({ socketPath: socket, method })

  return {
    shellFunction: shellFunction(socket),
    printedErrors: () => errors,
    serve: async (variables) => {
      const args = ['serve', '--port', '0', '--json']
      const entries = Object.entries({ ...process.env, ...variables }).map(([name, value]) => `${name}=${value}`)
      const asked = post('POST')
      asked.end([root, args.length, ...args, ...entries, ''].join('\0'))
      const [response] = (await once(asked, 'response')) as [IncomingMessage]
      const lines: string[] = []
      const reader = createInterface(response).on('line', (line) => lines.push(line))
      const closed = once(reader, 'close')
      await Promise.race([once(reader, 'line'), closed])
      const [first = ''] = lines
      if (!first.startsWith('1')) throw new Error(`the server has not started:\n${lines.join('\n')}\n${errors}`)
      const { address, tokens } = JSON.parse(first.slice(1)) as { address: string; tokens: Record<string, string> }
      return {
        url: new URL(address).origin,
        tokens,
        stop: async () => {
          await text(((await once(post('DELETE').end(), 'response')) as [IncomingMessage])[0])
          await closed
          return Number(lines.at(-1)?.slice(1))
        },
      }
    },
    close: async () => {
      await end(child, ended)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function end(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill('SIGTERM')
  await ended
}
