import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { DeliveryScene } from '../contract/index.ts'
import { compileWorkflows } from '../../testing/processes.ts'

const deliveryProcess = fileURLToPath(new URL('./delivery-process.mjs', import.meta.url))

/** Builds what a process of its own runs. */
export async function buildSender(): Promise<void> {
  await compileWorkflows()
}

/**
 * Runs a process that delivers until the receiver has a message, and kills it with SIGKILL before it hears that it arrived.
 * @returns the key of that message.
 */
export async function killWhileSending(
  { receiver, databaseUrl }: DeliveryScene,
  engine: 'embedded' | 'temporal',
  options: { readonly leaseMs: number; readonly env?: NodeJS.ProcessEnv },
): Promise<string> {
  const { leaseMs, env } = options
  const child = spawn(
    process.execPath,
    [deliveryProcess, engine, databaseUrl, receiver.url, receiver.secret, String(leaseMs)],
    { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const exited = once(child, 'exit')
  const key = new Promise<string>((resolve) => {
    receiver.answers(async (message) => {
      child.kill('SIGKILL')
      await exited
      resolve(message.key)
      return undefined
    })
  })
  const died = exited.then(() => Promise.reject(new Error('the process ended before it sent anything')))
  const sent = await Promise.race([key, died.catch(() => key)])
  receiver.answers(() => undefined)
  return sent
}
