/**
 * An error for an operator, shown in one line: a code, what is wrong, and what to do next. Only `internal` is a bug of
 * Guichet. Each package has its own catalogue, and a class of its own that knows the codes of it.
 */
export abstract class Fault<Code extends string = string> extends Error {
  override readonly name = 'Fault'
  readonly code: Code
  /** What to do next. */
  readonly next: string
  readonly exitCode: ExitCode

  /** @param options `next` says what to do in this case, where the catalogue's advice is too general. */
  constructor(catalogue: FaultCatalogue<Code>, code: Code, message: string, options: FaultOptions = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.next = options.next ?? catalogue[code].next
    this.exitCode = catalogue[code].exitCode
  }
}

/** What a fault says besides its message: what to do next, and its cause. */
export type FaultOptions = { readonly next?: string | undefined; readonly cause?: unknown }

/** The faults of a package, by their codes. */
export type FaultCatalogue<Code extends string = string> = Readonly<Record<Code, FaultEntry>>

/**
 * One fault of the command line: the exit code of the command, and what to do next unless the thrower is more precise.
 */
export type FaultEntry = { readonly exitCode: ExitCode; readonly next: string }

/** The exit codes of the command line; docs/reference/configuration.md explains each one. */
export const exitCodes = {
  ok: 0,
  /** The object of the command does not exist, or the command was refused. */
  refused: 1,
  /** The command line, the configuration or an input file is wrong. Nothing was started. */
  usage: 2,
  /**
   * Something that the engine needs is unavailable: a database, a port, a running owner of the data folder, a read
   * model.
   */
  unavailable: 3,
  /** Interrupted by a signal. Everything acknowledged is stored. */
  interrupted: 130,
  /** A bug of Guichet. */
  internal: 70,
} as const

/** The exit code of a command. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
