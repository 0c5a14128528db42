import type { NodeTraffic } from '../node.ts'
import type { ClientMetrics } from './client-metrics.ts'
import { allOf, type Stat, type Told } from './stat.ts'

/** What goes to brokers and comes from them, for all together and for each. Bytes are those of whole frames. */
export class NetworkMetrics {
  readonly opened: Stat
  readonly closed: Stat
  readonly logins: Stat
  readonly loginFailures: Stat
  readonly loginsAgain: Stat
  /** Milliseconds until records were acknowledged or fetched. */
  readonly latency: Told
  private readonly nodes = new Map<string, NodeMeter>()

  constructor(readonly metrics: ClientMetrics) {
    const stat = () => metrics.stat()
    this.opened = stat()
    this.closed = stat()
    this.logins = stat()
    this.loginFailures = stat()
    this.loginsAgain = stat()
    this.latency = allOf(this.nodes, (node) => node.latency)
    const sent = allOf(this.nodes, (node) => node.out)
    const received = allOf(this.nodes, (node) => node.in)
    const both = (read: (one: Told) => number) => read(sent) + read(received)
    metrics
      .group('-metrics')
      .gauge('connection-count', () => this.opened.count - this.closed.count)
      .events('connection-creation', this.opened)
      .events('connection-close', this.closed)
      .sums('outgoing-byte', sent)
      .events('request', sent)
      .spread('request-size', sent)
      .sums('incoming-byte', received)
      .events('response', received)
      .gauge('network-io-rate', (now) => both((one) => one.countRate(now)))
      .gauge('network-io-total', () => both((one) => one.count))
      .events('successful-authentication', this.logins)
      .events('failed-authentication', this.loginFailures)
      .events('successful-reauthentication', this.loginsAgain)
  }

  /** Of a broker, by the name that Apache's clients give its connection. */
  node(label: string): NodeMeter {
    const known = this.nodes.get(label)
    if (known) return known
    const made = new NodeMeter(this, label)
    this.nodes.set(label, made)
    return made
  }

  /** An address turned out to be that of a broker. */
  rename(from: string, to: string): void {
    const meter = this.nodes.get(from)
    if (meter === undefined || this.nodes.has(to)) return
    this.nodes.delete(from)
    this.nodes.set(to, meter)
    meter.label = to
  }
}

/** The part of one broker. */
export class NodeMeter implements NodeTraffic {
  readonly out: Stat
  readonly in: Stat
  readonly latency: Stat

  constructor(
    private readonly all: NetworkMetrics,
    /** `node-1`; an address of `bootstrap.servers` is `node--1` until it is known whose it is. */
    public label: string,
  ) {
    const { metrics } = all
    this.out = metrics.stat()
    this.in = metrics.stat()
    this.latency = metrics.stat()
    metrics
      .group('-node-metrics', () => ({ 'node-id': this.label }))
      .sums('outgoing-byte', this.out)
      .events('request', this.out)
      .spread('request-size', this.out)
      .sums('incoming-byte', this.in)
      .events('response', this.in)
      .spread('request-latency', this.latency)
  }

  opened(): void {
    this.all.opened.record(1, this.all.metrics.now)
  }

  closed(): void {
    this.all.closed.record(1, this.all.metrics.now)
  }

  sent(bytes: number): void {
    this.out.record(bytes, this.all.metrics.now)
  }

  received(bytes: number): void {
    this.in.record(bytes, this.all.metrics.now)
  }

  loggedIn(again: boolean): void {
    const { now } = this.all.metrics
    if (again) this.all.loginsAgain.record(1, now)
    else this.all.logins.record(1, now)
  }

  loginFailed(): void {
    this.all.loginFailures.record(1, this.all.metrics.now)
  }

  answeredIn(ms: number): void {
    this.latency.record(ms, this.all.metrics.now)
  }
}
