/** Things that are given back together, the last one first: a DisposableStack, which Node 22 does not have. */
export class Held implements Disposable {
  #all: Disposable[] = []

  use<One extends Disposable>(one: One): One {
    this.#all.push(one)
    return one
  }

  /** Another one that holds them all from now on. */
  move(): Held {
    const other = new Held()
    other.#all = this.#all
    this.#all = []
    return other
  }

  [Symbol.dispose](): void {
    for (const one of this.#all.splice(0).toReversed()) one[Symbol.dispose]()
  }
}
