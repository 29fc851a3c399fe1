import { median } from './statistics.ts'

/**
 * One way to do the work: `work(client, turn)` does one unit of it, as one of several clients at a time. A client's
 * turns ascend by one within a round, which starts at a multiple of 1,000,000.
 */
export type Contender = {
  readonly work: (client: number, turn: number) => Promise<unknown>
  /** How many units one call does; 1 by default. */
  readonly units?: number
}

export type Load = {
  readonly clients: number
  /** How long each contender works in each round. */
  readonly seconds: number
  readonly rounds: number
}

const turnsApart = 1_000_000

/**
 * Lets the contenders take turns, so that whatever disturbs the machine disturbs all of them alike: one round to warm
 * up, then the rounds that count.
 * @returns units per second of each contender, the median of its rounds.
 */
export async function compare<Name extends string>(
  contenders: Readonly<Record<Name, Contender>>,
  load: Load,
): Promise<Readonly<Record<Name, number>>> {
  const names = Object.keys(contenders) as Name[]
  const rates = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round <= load.rounds; round++) {
    for (const name of names) {
      const { done, seconds } = await drive(contenders[name], load, round * turnsApart)
      if (round > 0) rates.get(name)?.push((done * (contenders[name].units ?? 1)) / seconds)
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(rates.get(name) ?? [])])) as Record<Name, number>
}

/** Every client sends its next unit of work when the last one is done, until the time is up. */
async function drive(contender: Contender, { clients, seconds }: Load, firstTurn: number) {
  const started = performance.now()
  const until = started + seconds * 1000
  let done = 0
  const client = async (number: number): Promise<void> => {
    for (let turn = firstTurn; performance.now() < until; turn++) {
      await contender.work(number, turn)
      done++
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)))
  return { done, seconds: (performance.now() - started) / 1000 }
}
