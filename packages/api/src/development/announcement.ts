import { readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { Fault } from '../fault/fault.ts'

const announced = z.object({ pid: z.int().positive(), port: z.int().min(1).max(65_535) })

const file = (home: string): string => join(home, 'temporal.json')

/** How long the server of a process that has just ended may take to end as well. */
const patienceMs = 10_000

/** Tells other processes that the Temporal server of a data folder runs. */
export async function announceTemporal(home: string, port: number): Promise<void> {
  await writeFile(file(home), JSON.stringify({ pid: process.pid, port }), { mode: 0o600 })
}

/** Takes the announcement back. */
export const withdrawTemporal = (home: string): Promise<void> => rm(file(home), { force: true })

/**
 * Waits until nobody runs the Temporal server of a data folder any more.
 * @throws Fault `data_folder_in_use` when somebody goes on running it.
 */
export async function untilNobodyRunsTemporal(home: string): Promise<void> {
  for (const deadline = Date.now() + patienceMs; ;) {
    const running = await read(home)
    if (!running || !(await listens(running.port))) return
    if (isAlive(running.pid) || Date.now() > deadline) {
      throw new Fault('data_folder_in_use', `the Temporal server of ${home} is in use by process ${running.pid}`)
    }
    await delay(200)
  }
}

async function read(home: string): Promise<z.infer<typeof announced> | undefined> {
  try {
    return announced.parse(JSON.parse(await readFile(file(home), 'utf8')))
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const answer = (yes: boolean) => (): void => {
      socket.destroy()
      resolve(yes)
    }
    socket.once('connect', answer(true)).once('error', answer(false))
  })
