/** Hears of everything that goes wrong and is tried again; `context` says what was being done. */
export type OnError = (error: unknown, context: string) => void
