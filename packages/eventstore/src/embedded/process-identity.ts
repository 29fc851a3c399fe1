import { execFile } from 'node:child_process'
import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * A text that no other process ever shares: process ids are used again, sometimes at once (as when a container
 * restarts), but not with the same start time. Undefined when no such process is alive.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    ])
    // The command's name, in parentheses, may hold anything; the start time is the 20th field behind it.
    const [state, ...fields] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? []
    return state === undefined || state === 'Z' ? undefined : `${pid} ${fields[18] ?? ''} ${boot.trim()}`
  }
  const started = await run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => undefined)
  return started && `${pid} ${started.stdout.trim()}`
}

/**
 * Where process ids mean what they mean to this process: this start of this machine, and on Linux this container. The
 * processes of another place cannot be looked at from here.
 */
export async function processSpace(): Promise<string> {
  if (process.platform !== 'linux') return hostname()
  const [boot, container] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => hostname()),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ])
  return `${boot.trim()} ${container}`
}

/** The command line of a process; empty when it cannot be known. */
export async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return text.replaceAll('\0', ' ')
  }
  const listed = await run('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => undefined)
  return listed?.stdout ?? ''
}
