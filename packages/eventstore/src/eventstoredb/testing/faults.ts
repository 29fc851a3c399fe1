/** What a server may be made to do wrong; each can be changed while it runs. */
export type Faults = {
  /** Requests that are refused as unavailable, before anything is done; counts down. */
  unavailable: number
  /** Appends that are stored, and whose connection then breaks; counts down. */
  lostAnswers: number
  /** Appends are stored when they come, and answered when this has resolved. */
  answersHeld: Promise<void> | undefined
  /** Reads never answer. */
  silentReads: boolean
  /** Filtered reads find nothing to answer with until this has resolved, as in a long stretch of foreign events. */
  searching: Promise<void> | undefined
  /** This node follows that one, and sends whoever requires the leader there. */
  leader: { readonly host: string; readonly port: number } | undefined
  /** Requests without credentials are refused. */
  locked: boolean
  /** The only `authorization` that is taken; any, and none, by default. */
  authorization: string | undefined
  /** How large an append may be, in bytes. */
  maxAppendSize: number
}

/** A server that works, open to everybody, with the mebibyte for an append that EventStoreDB begins with. */
export const noFaults = (): Faults => ({
  unavailable: 0,
  lostAnswers: 0,
  answersHeld: undefined,
  silentReads: false,
  searching: undefined,
  leader: undefined,
  locked: false,
  authorization: undefined,
  maxAppendSize: 1_048_576,
})
