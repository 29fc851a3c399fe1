import { readdirSync, readFileSync } from 'node:fs'

/** Processor time in seconds, user and system. */
export type ProcessorTime = {
  /** Of a process with its threads. */
  readonly own: number
  /** Of its ended children, and theirs. Only Linux reports it: 0 elsewhere. */
  readonly children: number
}

/** The processor time of a test file: of the worker that ran it, and of the processes that it started. */
export type Cost = ProcessorTime & { readonly pid: number }

/** The unit of /proc/<pid>/stat on every Linux that Node runs on. */
const ticksPerSecond = 100

/** Returns what this process has used so far. */
export function processorSeconds(): ProcessorTime {
  const { user, system } = process.cpuUsage()
  return { own: (user + system) / 1e6, children: statusOf(process.pid)?.children ?? 0 }
}

type Status = ProcessorTime & { readonly pid: number; readonly parent: number; readonly name: string }

function statusOf(pid: number): Status | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const seconds = (first: number): number => (Number(fields[first]) + Number(fields[first + 1])) / ticksPerSecond
    const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'))
    return { pid, parent: Number(fields[1]), name, own: seconds(11), children: seconds(13) }
  } catch {
    return undefined
  }
}

/**
 * Returns the processor seconds of the running descendants of this process, by name, without some of them and what
 * those have started: the servers that all test files share. Nothing where there is no /proc.
 */
export function processorSecondsOfDescendants(without: ReadonlySet<number>): ReadonlyMap<string, number> {
  const seconds = new Map<string, number>()
  const all = pids().flatMap((pid) => statusOf(pid) ?? [])
  const visit = (parent: number): void => {
    for (const child of all) {
      if (child.parent !== parent || without.has(child.pid)) continue
      seconds.set(child.name, (seconds.get(child.name) ?? 0) + child.own + child.children)
      visit(child.pid)
    }
  }
  visit(process.pid)
  return seconds
}

function pids(): readonly number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Boolean)
  } catch {
    return []
  }
}
