import { newPushKeys } from '@guichet/workflows'
import type { Context } from '../context.ts'
import type { Output } from './projections.ts'

/** Prints a new pair of keys for pushes. */
export async function keys({ json }: Output, { terminal }: Pick<Context, 'terminal'>): Promise<void> {
  const made = newPushKeys()
  if (json) return terminal.out(JSON.stringify(made))
  terminal.out(`GUICHET_PUSH_KEY=${made.privateKey}`)
  terminal.out(`# the public key, which browsers are given: ${made.publicKey}`)
}
