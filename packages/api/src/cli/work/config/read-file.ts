import { open } from 'node:fs/promises'
import type { Instant } from '@guichet/domain'
import type { ConfigurationFault } from '../../../desk-configuration/fault.ts'
import { yearsAround } from '../../../desk-configuration/public-holidays.ts'
import type { CheckedConfiguration } from '../../../desk-configuration/read-configuration.ts'
import { readConfiguration } from '../../../desk-configuration/read-configuration.ts'
import { yamlLimits } from '../../../desk-configuration/yaml-document.ts'
import { Fault } from '../../../fault/fault.ts'
import { oneLine } from '../../report-fault.ts'
import { counted } from '../../table.ts'
import type { Terminal } from '../../terminal.ts'

/**
 * Reads a configuration file, and prints what is wrong with it or hardly meant, a fault or a warning a line.
 * @param around instants that the public holidays are worked out around, besides now.
 * @throws Fault `file_unreadable`, `file_not_text` or `configuration_invalid`.
 */
export async function readFile(
  file: string,
  terminal: Terminal,
  around: readonly Instant[] = [],
): Promise<CheckedConfiguration> {
  const now = new Date()
  const read = await readConfiguration(await textOf(file), now, yearsAround(now, ...around))
  if (read.ok) {
    for (const warning of read.value.warnings) terminal.err(`warning ${inLine(file, warning)}`)
    return read.value
  }
  for (const fault of read.refusal) terminal.err(inLine(file, fault))
  throw new Fault('configuration_invalid', `${file} has ${counted(read.refusal.length, 'fault')}`)
}

const inLine = (file: string, { path, line, column, message }: ConfigurationFault): string =>
  `${file}:${line}:${column}: ${path === '' ? '' : `${path} `}${oneLine(message)}`

/** A file as text; of one that is too large, only so much as shows it. */
async function textOf(file: string): Promise<string> {
  const buffer = Buffer.alloc(yamlLimits.bytes + 1)
  let length = 0
  try {
    await using handle = await open(file)
    for (let read = 1; read > 0 && length < buffer.length; length += read) {
      read = (await handle.read(buffer, length)).bytesRead
    }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause)
    const reasons: Readonly<Record<string, string>> = { ENOENT: 'does not exist', EISDIR: 'is a folder, not a file' }
    throw new Fault('file_unreadable', `${file} ${reasons[code] ?? `cannot be read (${code})`}`, { cause })
  }
  try {
    return new TextDecoder('utf-8', { fatal: length <= yamlLimits.bytes }).decode(buffer.subarray(0, length))
  } catch (cause) {
    throw new Fault('file_not_text', `${file} is not a text file in UTF-8`, { next: 'save it in UTF-8', cause })
  }
}
