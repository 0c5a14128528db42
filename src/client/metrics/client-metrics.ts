import type { Clock } from '../../runtime/index.ts'
import { SOFTWARE } from '../node.ts'
import type { ClientMetric } from '../types.ts'
import { type SampleRules, Stat, type Told } from './stat.ts'

/** A figure of a group that has a name already. */
export type MakeMetric = (name: string, value: number, tags: Readonly<Record<string, string>>) => ClientMetric

type Read = (now: number) => number | string

/** Something that tells figures. */
export interface MetricSource {
  list(now: number): ClientMetric[]
}

/** The figures of one group with the same tags. */
export class MetricGroup implements MetricSource {
  private readonly figures: { readonly name: string; readonly read: Read }[] = []

  constructor(
    private readonly name: string,
    private readonly tags: () => Readonly<Record<string, string>>,
  ) {}

  /** A figure that is found out when somebody asks. */
  gauge(name: string, read: Read): this {
    this.figures.push({ name, read })
    return this
  }

  /** `-rate` and `-total` of the values. */
  sums(name: string, stat: Told): this {
    return this.gauge(`${name}-rate`, (now) => stat.rate(now)).gauge(`${name}-total`, () => stat.total)
  }

  /** `-rate` and `-total` of how often there was a value. */
  events(name: string, stat: Told): this {
    return this.gauge(`${name}-rate`, (now) => stat.countRate(now)).gauge(`${name}-total`, () => stat.count)
  }

  /** `-avg` and `-max`. */
  spread(name: string, stat: Told): this {
    return this.gauge(`${name}-avg`, (now) => stat.average(now)).gauge(`${name}-max`, (now) => stat.max(now))
  }

  list(now: number): ClientMetric[] {
    const tags = this.tags()
    return this.figures.map(({ name, read }) => ({ group: this.name, name, tags, value: read(now) }))
  }
}

/** What a client tells of its work. Figures are added to a request or a batch at a time, never to a record. */
export class ClientMetrics {
  private readonly sources: MetricSource[] = []

  constructor(
    readonly clientId: string,
    /** How names of groups begin: `producer`, `consumer`, `admin-client`. */
    private readonly role: string,
    readonly clock: Clock,
    private readonly rules: SampleRules,
  ) {
    const startedAt = clock.now()
    this.add('app-info')
      .gauge('start-time-ms', () => startedAt)
      .gauge('version', () => SOFTWARE.clientSoftwareVersion)
  }

  get now(): number {
    return this.clock.monotonic()
  }

  /** `windowMs` is another length of a window than the configured one. */
  stat(windowMs = this.rules.windowMs): Stat {
    return new Stat({ ...this.rules, windowMs })
  }

  /** Notes how long an answer takes; failures do not count. */
  async time<T>(stat: Stat, answer: Promise<T>): Promise<T> {
    const begun = this.now
    const given = await answer
    const { now } = this
    stat.record(now - begun, now)
    return given
  }

  /** A group of this kind of client: `-metrics`, `-node-metrics`. */
  group(suffix: string, tags?: () => Readonly<Record<string, string>>): MetricGroup {
    return this.add(`${this.role}${suffix}`, tags)
  }

  /** Adds a source of which the figures come and go. `make` is given group and tags as they are told. */
  source(suffix: string, list: (make: MakeMetric, now: number) => ClientMetric[]): void {
    const make: MakeMetric = (name, value, tags) => ({
      group: `${this.role}${suffix}`,
      name,
      tags: { 'client-id': this.clientId, ...tags },
      value,
    })
    this.sources.push({ list: (now) => list(make, now) })
  }

  list(): ClientMetric[] {
    const { now } = this
    const all = this.sources.flatMap((source) => source.list(now))
    const tags = { 'client-id': this.clientId }
    return [...all, { group: 'kafka-metrics-count', name: 'count', tags, value: all.length + 1 }]
  }

  private add(name: string, tags?: () => Readonly<Record<string, string>>): MetricGroup {
    const own = { 'client-id': this.clientId }
    const group = new MetricGroup(name, tags ? () => ({ ...own, ...tags() }) : () => own)
    this.sources.push(group)
    return group
  }
}

/** Whole seconds; -1 when it has not been. */
export const secondsSince = (at: number | undefined, now: number): number =>
  at === undefined ? -1 : Math.trunc((now - at) / 1000)
