/** The dev server is a real one, with UI; the time-skipping one lets days pass in seconds, and has neither lists nor schedules. */
export type ServerKind = 'dev' | 'time-skipping'
