import { Socket } from 'node:net'

/**
 * A socket that sends what is written in one turn of the event loop together: a batch of pipelined statements costs one
 * system call instead of one each. pg corks its socket for every statement.
 */
export class GatheringSocket extends Socket {
  #gathering = false

  override cork(): void {
    super.cork()
    if (this.#gathering) return
    this.#gathering = true
    super.cork()
    process.nextTick(() => {
      this.#gathering = false
      this.uncork()
    })
  }
}
