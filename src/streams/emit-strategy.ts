/** When results of windows go on (KIP-825). */
export class EmitStrategy {
  private constructor(readonly isOnClose: boolean) {}

  /** One result of each window, once it takes no more records. */
  static onWindowClose(): EmitStrategy {
    return new EmitStrategy(true)
  }

  /** Every change, which is what happens without a strategy. */
  static onWindowUpdate(): EmitStrategy {
    return new EmitStrategy(false)
  }
}
