import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { instant } from '@guichet/domain'
import type { DeliveryScene } from '../contract/delivery-scene.ts'
import type { Delivery, DeliveryContent } from '../delivery/delivery.ts'
import { deliveryKey } from '../delivery/delivery.ts'

/** The program that `killWhileSending` runs. */
export const deliveryProcess = new URL('./delivery-process.mjs', import.meta.url)

/**
 * Runs a process that delivers until the receiver has a message, and kills it with SIGKILL before it receives the
 * answer.
 * @returns the key of that message.
 */
export async function killWhileSending(
  { receiver, databaseUrl }: DeliveryScene,
  engine: 'embedded' | 'temporal',
  options: { readonly program: string; readonly leaseMs: number; readonly env?: NodeJS.ProcessEnv },
): Promise<string> {
  const { program, leaseMs, env } = options
  const child = spawn(
    process.execPath,
    [program, engine, databaseUrl, receiver.url, receiver.secret, String(leaseMs)],
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

/** A delivery of a notification to Marie, with a test's differences. */
export function aDelivery(
  content: Partial<DeliveryContent> = {},
  { channel = 'email' }: Partial<Pick<Delivery, 'channel'>> = {},
): Delivery {
  const id = `0b5f/2:marie/${channel}`
  return {
    id,
    key: deliveryKey('desk', id),
    channel,
    kind: 'reply',
    recipientId: 'marie',
    content: {
      at: instant('2026-03-27T09:00:00Z'),
      language: 'fr',
      title: 'Ticket de support : Nouvelle réponse',
      message: "Vous avez reçu une réponse à votre ticket 'Facture'.",
      address: 'marie@desk.example',
      ...content,
    },
  }
}
