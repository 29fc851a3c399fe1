import type { FaultCode } from './catalogue.ts'
import { faults } from './catalogue.ts'
import type { ExitCode } from './exit-codes.ts'

/** What an operator is told in one line: a code, what is wrong, and what to do next. Only `internal` is a bug of Guichet's own. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: FaultCode
  /** What to do next. */
  readonly next: string
  readonly exitCode: ExitCode

  /** @param options `next` says what to do in this very case, when that is more than the catalogue knows. */
  constructor(
    code: FaultCode,
    message: string,
    options: { readonly next?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.code = code
    this.next = options.next ?? faults[code].next
    this.exitCode = faults[code].exitCode
  }
}
