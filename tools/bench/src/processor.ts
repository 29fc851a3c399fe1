import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'

type Stat = { readonly parent: number; readonly microseconds: number; readonly ended: number }

/** The processor time of a process and of its ended children, in user and system mode: to a hundredth of a second. */
async function statOf(pid: number): Promise<Stat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [parent = 0, user = 0, system = 0, endedUser = 0, endedSystem = 0] = [1, 11, 12, 13, 14].map((n) => fields[n])
  return { parent, microseconds: (user + system) * 10_000, ended: (endedUser + endedSystem) * 10_000 }
}

/** Returns the processor time of a process without its children, in microseconds. */
export const timeOfOne = async (pid: number): Promise<number> => (await statOf(pid))?.microseconds ?? 0

/** Returns the processor time of a process and its children, including ended ones, in microseconds. */
export async function timeOfAll(parent: number): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const all = await Promise.all(pids.map(statOf))
  const own = await statOf(parent)
  const children = all.filter((stat) => stat?.parent === parent)
  return children.reduce((sum, stat) => sum + (stat?.microseconds ?? 0), (own?.microseconds ?? 0) + (own?.ended ?? 0))
}

/** The process id of the Postgres that a connection belongs to. */
export async function postmasterOf(database: Pick<pg.Pool, 'query'> | pg.Client): Promise<number> {
  const { rows } = await database.query<{ pid: number }>('select pg_backend_pid() as pid')
  return (await statOf(rows[0]?.pid ?? 0))?.parent ?? 0
}

/** Resolves when a server and its worker process are nearly idle. @throws Error after two minutes. */
export async function untilQuiet(server: number): Promise<void> {
  for (const deadline = Date.now() + 120_000; Date.now() < deadline;) {
    const before = await timeOfAll(server)
    await delay(2_000)
    const spent = (await timeOfAll(server)) - before
    if (spent < 2_000_000 * 0.1) return
  }
  throw new Error('the server is still at work two minutes after the last request')
}
