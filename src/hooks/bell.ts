/** Wakes whoever waits for news. What rings between a look and the wait for the next ring is not missed: take `next` before
 *  looking. */
export class Bell {
  #ringing = Promise.withResolvers<undefined>()

  get next(): Promise<undefined> {
    return this.#ringing.promise
  }

  ring(): void {
    this.#ringing.resolve(undefined)
    this.#ringing = Promise.withResolvers<undefined>()
  }
}
