import type { FaultCatalogue, FaultOptions } from './fault.ts'
import { exitCodes, Fault } from './fault.ts'

const { usage, unavailable } = exitCodes

/** The faults of what every part of a desk needs; docs/errors.md explains each one. */
export const deskFaults = {
  usage: { exitCode: usage, next: 'add --help to the command to see what it takes' },
  data_folder_unusable: { exitCode: unavailable, next: 'set GUICHET_HOME to a folder that this account may write to' },
} as const satisfies FaultCatalogue

/** A fault of deskFaults. */
export class DeskFault extends Fault<keyof typeof deskFaults> {
  constructor(code: keyof typeof deskFaults, message: string, options?: FaultOptions) {
    super(deskFaults, code, message, options)
  }
}
