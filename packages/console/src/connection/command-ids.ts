/** An id that nobody else chooses; also where a page is served without TLS, and `randomUUID` is missing. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Sends a command under an id; `command` says which one it is. */
type SendCommand = <T>(command: unknown, send: (commandId: string) => Promise<T>) => Promise<T>

/**
 * Sends commands, each under an id that stays the same until the server has answered: what is sent again after a lost answer
 * is a repeat, which changes nothing.
 */
export function createSender(): SendCommand {
  const unanswered = new Map<string, string>()
  return async (command, send) => {
    const key = JSON.stringify(command)
    const commandId = unanswered.get(key) ?? newId()
    unanswered.set(key, commandId)
    const answer = await send(commandId)
    unanswered.delete(key)
    return answer
  }
}
