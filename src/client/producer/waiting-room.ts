import type { Clock, Timer } from '../../runtime/index.ts'
import type { ProducerRecord } from '../types.ts'
import type { Listener } from './batch.ts'

interface Waiter {
  readonly record: ProducerRecord
  readonly listener: Listener
  /** On the monotonic clock. */
  readonly deadline: number
  readonly refusal: (timeoutMs: number) => Error
  readonly admitted: () => void
}

/** Records that a producer cannot take in yet, in order within each topic, each for a bounded time. */
export class WaitingRoom {
  private readonly topics = new Map<string, Waiter[]>()
  private readonly onEmpty: (() => void)[] = []
  private timer: Timer | undefined
  private admitting = false

  constructor(
    private readonly clock: Clock,
    private readonly timeoutMs: number,
    private readonly take: (record: ProducerRecord, listener: Listener) => 'done' | 'later',
    private readonly fail: (record: ProducerRecord, error: Error, listener: Listener) => void,
  ) {}

  has(topic: string): boolean {
    return this.topics.has(topic)
  }

  /** Resolves when the record was taken in or has failed. */
  enter(record: ProducerRecord, listener: Listener, refusal: (timeoutMs: number) => Error): Promise<void> {
    return new Promise((admitted) => {
      const deadline = this.clock.monotonic() + this.timeoutMs
      const waiter = { record, listener, deadline, refusal, admitted }
      const waiters = this.topics.get(record.topic)
      if (waiters) waiters.push(waiter)
      else this.topics.set(record.topic, [waiter])
      this.watch()
    })
  }

  /** Takes in what can be taken in. */
  admit(): void {
    // Taking a record in may finish a batch, which makes room, which calls here.
    if (this.admitting) return
    this.admitting = true
    for (const [topic, waiters] of [...this.topics]) {
      let count = 0
      for (const waiter of waiters) {
        if (this.take(waiter.record, waiter.listener) === 'later') break
        count++
      }
      this.leave(topic, waiters, count)
    }
    this.admitting = false
  }

  /** Gives up the records of a topic. */
  failTopic(topic: string, error: Error): void {
    const waiters = this.topics.get(topic)
    if (!waiters) return
    for (const { record, listener } of waiters) this.fail(record, error, listener)
    this.leave(topic, waiters, waiters.length)
  }

  failAll(error: Error): void {
    this.timer?.cancel()
    this.timer = undefined
    for (const topic of [...this.topics.keys()]) this.failTopic(topic, error)
  }

  /** Resolves when nothing waits. */
  empty(): Promise<void> {
    if (this.topics.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.onEmpty.push(resolve))
  }

  private leave(topic: string, waiters: Waiter[], count: number): void {
    const left = waiters.splice(0, count)
    if (waiters.length === 0) this.topics.delete(topic)
    for (const { admitted } of left) admitted()
    if (this.topics.size === 0) for (const resolve of this.onEmpty.splice(0)) resolve()
  }

  private watch(): void {
    if (this.timer) return
    let first = Number.POSITIVE_INFINITY
    for (const [waiter] of this.topics.values()) first = Math.min(first, waiter?.deadline ?? first)
    if (first === Number.POSITIVE_INFINITY) return
    this.timer = this.clock.timer(Math.max(1, first - this.clock.monotonic()), () => {
      this.timer = undefined
      this.expire()
      this.watch()
    })
  }

  private expire(): void {
    const now = this.clock.monotonic()
    for (const [topic, waiters] of [...this.topics]) {
      let count = 0
      while (count < waiters.length && (waiters[count] as Waiter).deadline <= now) {
        const { record, listener, refusal } = waiters[count++] as Waiter
        this.fail(record, refusal(this.timeoutMs), listener)
      }
      this.leave(topic, waiters, count)
    }
  }
}
