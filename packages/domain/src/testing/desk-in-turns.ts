import type { Desk } from '../desk/desk.ts'
import { deskAround } from './desk-around.ts'

/** What a process that dies between two steps throws. */
export class Died extends Error {
  override readonly name = 'Died'
}

/**
 * A desk as a process sees it whose commands and reads each wait for their turn, such as that of a scheduler, and that dies before the
 * step numbered `dies`, from 0.
 */
export function deskInTurns(desk: Desk, turn: () => Promise<unknown>, dies: number = Infinity): Desk {
  let step = 0
  const next = async (): Promise<void> => {
    if (step++ === dies) throw new Died()
    await turn()
  }
  return deskAround(desk, (entry) => ({
    execute: async (...given) => (await next(), entry.execute(...given)),
    read: async (...given) => (await next(), entry.read(...given)),
  }))
}
