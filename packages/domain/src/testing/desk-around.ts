import type { Desk } from '../desk/desk.ts'

/** A desk both of whose entries, the senders' and the engine's own, are changed in the same way. */
export function deskAround(desk: Desk, change: (entry: Desk) => Partial<Omit<Desk, 'engine'>>): Desk {
  const around = (entry: Desk): Desk => {
    const changed: object = {
      ...change(entry),
      get engine() {
        return engine
      },
    }
    return Object.create(entry, Object.getOwnPropertyDescriptors(changed)) as Desk
  }
  const engine = around(desk.engine)
  return around(desk)
}
