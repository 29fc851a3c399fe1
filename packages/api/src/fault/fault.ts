/** How a command of the command line ends; docs/reference/configuration.md explains each one. */
export const exitCodes = {
  ok: 0,
  /** What was asked for does not exist or was refused. */
  refused: 1,
  /** The command line, the configuration or an input file is wrong: nothing was started. */
  usage: 2,
  /** Something the engine needs cannot be had: a database, a port, a running owner of the data folder. */
  unavailable: 3,
  /** Broken off by a signal; what was acknowledged is kept. */
  interrupted: 130,
  /** A bug of Guichet's own. */
  internal: 70,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** What an operator is told in one line: a code, what is wrong, and what to do next. Never a bug of Guichet's own. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: string
  /** What to do next. */
  readonly next: string | undefined
  readonly exitCode: ExitCode

  constructor(
    code: string,
    message: string,
    options: { readonly next?: string; readonly exitCode?: ExitCode; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.code = code
    this.next = options.next
    this.exitCode = options.exitCode ?? exitCodes.usage
  }
}
