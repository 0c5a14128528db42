import type { ClientMetrics, MetricGroup } from './client-metrics.ts'

/** How long callers have waited for calls in all: `-time-ns-total` of each. */
export class CallTimes<C extends string> {
  private readonly spentMs = new Map<C, number>()

  constructor(
    private readonly metrics: ClientMetrics,
    group: MetricGroup,
    calls: readonly C[],
  ) {
    for (const call of calls) group.gauge(`${call}-time-ns-total`, () => (this.spentMs.get(call) ?? 0) * 1e6)
  }

  /** Adds the time until it is settled. */
  async time<T>(call: C, action: Promise<T>): Promise<T> {
    const begun = this.metrics.now
    try {
      return await action
    } finally {
      this.spentMs.set(call, (this.spentMs.get(call) ?? 0) + this.metrics.now - begun)
    }
  }
}
