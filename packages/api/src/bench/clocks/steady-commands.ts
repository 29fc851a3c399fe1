import { createDesk, guichetEvents, instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { step } from '../workload.ts'

const clients = 100

/**
 * Sends the commands of the workload at a steady rate, whatever they take.
 * @returns the tickets that they made.
 */
export async function sendSteadily(
  connectionString: string,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<readonly string[]> {
  const store = await postgresStore({ connectionString, catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  const tickets = new Set<string>()
  const sent: Promise<void>[] = []
  const send = async (number: number): Promise<void> => {
    const { ticket, command, by } = step('steady', number % clients, Math.floor(number / clients))
    tickets.add(ticket)
    const outcome = await desk.execute('ticket', ticket, command, { by })
    if (!outcome.ok) throw new Error(`the workload was refused: ${outcome.refusal.message}`)
  }
  const started = Date.now()
  for (let number = 0; number < perSecond * seconds;) {
    const due = ((Date.now() - started) * perSecond) / 1000
    while (number < Math.min(due, perSecond * seconds)) sent.push(send(number++))
    await delay(2)
  }
  await Promise.all(sent)
  const took = (Date.now() - started) / 1000
  if (took > seconds * 1.05) throw new Error(`the commands of ${seconds} s took ${took.toFixed(1)} s`)
  await store.close()
  return [...tickets]
}
