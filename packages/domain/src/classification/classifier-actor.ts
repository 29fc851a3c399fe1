import type { Actor } from '../kernel/actor.ts'

/** The desk's own classifier, which sends `classify`. */
export const classifierActor: Actor = { kind: 'system', id: 'classifier' }
