import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDataFolder } from '@guichet/desk'
import { CommandFault } from '../fault.ts'
import type { Fault } from '@guichet/desk'

const file = (home: string): string => join(home, 'development-secret')

/**
 * Returns the secret for signing development tokens. It is generated at the first start and readable by this account
 * only.
 * @throws Fault `secret_unreadable` when the file exists but cannot be used; `data_folder_unusable`.
 */
export async function developmentSecret(home: string): Promise<string> {
  await makeDataFolder(home)
  const secret = randomBytes(48).toString('base64url')
  try {
    await writeFile(file(home), secret, { mode: 0o600, flag: 'wx' })
    return secret
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return existing(home)
    throw unusable(home, error)
  }
}

async function existing(home: string): Promise<string> {
  const secret = await readFile(file(home), 'utf8').catch((error: unknown) => {
    throw unusable(home, error)
  })
  if (secret.length < 32) throw unusable(home, undefined)
  return secret
}

function unusable(home: string, cause: unknown): Fault {
  return new CommandFault('secret_unreadable', `${file(home)} cannot be used as a secret`, { cause })
}
