/** The dev server is a real one, with UI; the time-skipping one lets days pass in seconds, and has neither lists nor schedules. */
export const serverKinds = ['dev', 'time-skipping'] as const
export type ServerKind = (typeof serverKinds)[number]
