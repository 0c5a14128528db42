import type { WindowedStore } from '../state/windowed-store.ts'
import type { Windowed } from '../windowed.ts'
import type { Change } from './change.ts'
import type { ProcessorContext, StreamRecord } from './processor.ts'

/** Which windows have closed, by the times that their store keeps them by: starts, or the ends of sessions; both included. */
export interface ClosedRange {
  /** From where on they have not gone on before, when those did that had closed by this time. */
  from(closedAt: number): number
  to(closeTime: number): number
}

/** Lets windows go on that have closed by a time, on behalf of the record that made it known. */
export type EmitClosed = (closeTime: number, headers: StreamRecord<unknown, unknown>['headers']) => void

/** `timeOf` gives results a timestamp by their key; without it they have that of the window's newest record. */
export function finalResults<K, A>(
  context: ProcessorContext<Windowed<K>, Change<A>>,
  store: string,
  range: ClosedRange,
  timeOf?: (key: Windowed<K>) => number,
): EmitClosed {
  const stored = context.stateStore(store) as unknown as WindowedStore<K, A>
  const { progress } = stored
  if (!progress) return () => {}
  return (closeTime, headers) => {
    if (!progress.isDue(context.systemTime, closeTime)) return
    const to = range.to(closeTime)
    if (to < 0) return
    const from = progress.closedAt < 0 ? 0 : Math.max(0, range.from(progress.closedAt))
    for (const { key, value, timestamp } of stored.between(from, to)) {
      const change = { now: value, before: null }
      context.forward({ key, value: change, timestamp: timeOf?.(key) ?? timestamp, headers })
    }
    progress.closedAt = closeTime
  }
}
