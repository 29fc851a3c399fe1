import { loadTemporal } from '../engine/temporal-server.ts'
import { Fault } from '../fault/fault.ts'

/** A port that was asked for on the command line. */
export type WantedPort = {
  /** 0 for any free one; undefined when nobody has asked. */
  readonly given: number | undefined
  /** What is taken if it is free and nobody has asked for another one. */
  readonly usual: number
  readonly option: string
}

/**
 * A port of 127.0.0.1 that nothing listens on.
 * @throws Fault `port_unavailable` when the very port that was asked for is in use.
 */
export async function choosePort({ given, usual, option }: WantedPort): Promise<number> {
  const { freePort, portIfFree } = await loadTemporal()
  const port = await portIfFree(given ?? usual)
  if (port !== undefined) return port
  if (given === undefined) return freePort()
  throw new Fault('port_unavailable', `127.0.0.1:${given} is in use`, { next: `choose another one with ${option}` })
}
