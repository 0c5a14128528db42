import { Errors, KafkaError } from '../../src/protocol/errors.ts'
import { ClassicGroup, type SyncReply } from '../../src/server/coordinator/group/classic-group.ts'
import { Membership } from '../../src/server/coordinator/group/membership.ts'
import { deleteGroup } from '../../src/server/coordinator/group/offset-decisions.ts'
import { PendingOffsets } from '../../src/server/coordinator/group/pending-offsets.ts'
import type { StoredGroup } from '../../src/server/coordinator/group/records.ts'
import { ManualClock, SeededRandom } from '../support/memory-runtime.ts'
import { description, errorName, joinRequest, joinText, Names, type Options, throughRecord } from './spelling.ts'

/**
 * One group that actors talk to, a line a command; what they are answered comes back as text. Ids of members appear as their actors'
 * names; an actor that has had several has the first as `name.1`.
 */
export class GroupDialog {
  private readonly clock = new ManualClock()
  private readonly random = new SeededRandom()
  private readonly names = new Names()
  private readonly heard: (() => string)[] = []
  private writable = true
  private written: StoredGroup | undefined
  private group = new ClassicGroup('g', this.clock.now())
  private membership = this.coordinator({})
  private told = ''

  private coordinator(options: Options): Membership {
    return new Membership({
      clock: this.clock,
      random: this.random,
      initialDelayMs: Number(options['delay'] ?? 0),
      maxSize: Number(options['max'] ?? 10),
      persist: async (group, assignments) => {
        if (!this.writable) throw new Error('the disk is full')
        this.written = group.stored(assignments)
      },
    })
  }

  async run(line: string): Promise<string[]> {
    const [command = '', ...words] = line.split(/\s+/)
    const options = Object.fromEntries(words.filter((word) => word.includes('=')).map((word) => word.split('=')))
    const names = words.filter((word) => !word.includes('='))
    try {
      await this.act(command, names, options)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      this.heard.push(() => `${names[0] ?? 'group'}: ${errorName(error.code)}`)
    }
    // A first rebalance without delay is due at once, and ends in a turn of its own.
    await this.clock.advance(0)
    return [...this.heard.splice(0).map((sentence) => sentence()), ...this.news()]
  }

  private async act(command: string, names: readonly string[], options: Options): Promise<void> {
    const [actor = '', ...others] = names
    switch (command) {
      case 'coordinator':
        this.membership = this.coordinator(options)
        return
      case 'join':
        return this.join(actor, options, others.includes('new'))
      case 'sync':
        return this.sync(actor, options)
      case 'heartbeat':
        this.membership.heartbeat(
          this.group,
          this.names.id(actor),
          options['instance'] ?? null,
          this.generation(options),
        )
        return this.say(actor, 'alive')
      case 'commit':
        this.membership.checkCommit(
          this.group,
          this.names.id(actor),
          options['instance'] ?? null,
          this.generation(options),
        )
        return this.say(actor, 'may commit')
      case 'leave': {
        const leaving = names.map((name) => ({
          memberId: this.names.id(name),
          groupInstanceId: options['instance'] ?? null,
        }))
        const codes = this.membership.leave(this.group, leaving)
        for (const [at, code] of codes.entries()) this.say(names[at] as string, code === 0 ? 'left' : errorName(code))
        return
      }
      case 'advance':
        return this.clock.advance(Number(actor))
      case 'disk':
        this.writable = actor === 'works'
        return
      case 'delete':
        deleteGroup(this.group, { offsets: new Map(), pending: new PendingOffsets() })
        this.membership.stop(this.group)
        return
      case 'unload':
        return this.membership.stop(this.group)
      case 'restart':
        return this.restart()
      case 'describe':
        return void this.heard.push(() => description(this.group, this.names))
      default:
        throw new Error(`no command ${command}`)
    }
  }

  private generation(options: Options): number {
    return Number(options['generation'] ?? this.group.generation)
  }

  private say(actor: string, sentence: string): void {
    this.heard.push(() => `${actor}: ${sentence}`)
  }

  private join(actor: string, options: Options, asNew: boolean): void {
    const memberId = asNew ? '' : this.names.idOr(actor, options['id'] ?? '')
    const reply = this.membership.join(this.group, joinRequest(memberId, options))
    void reply.then((answer) => {
      if (answer.errorCode === 0 || answer.errorCode === Errors.MEMBER_ID_REQUIRED)
        this.names.learn(actor, answer.memberId)
      this.heard.push(() => `${actor} join: ${joinText(answer, this.names)}`)
    })
  }

  private sync(actor: string, options: Options): void {
    const { protocol = null, type = null, instance = null } = options
    const others = Object.entries(options).filter(([name]) => this.names.has(name))
    const assignments = new Map(others.map(([name, text]) => [this.names.id(name), Buffer.from(text)]))
    const reply = this.membership.sync(this.group, {
      memberId: this.names.id(actor),
      groupInstanceId: instance,
      generationId: this.generation(options),
      protocolType: type,
      protocolName: protocol,
      assignments,
    })
    const text = ({ errorCode, assignment }: SyncReply) =>
      errorCode === 0 ? `has "${assignment}"` : errorName(errorCode)
    void reply.then((answer) => this.say(actor, text(answer)))
  }

  /** What the group's record keeps comes back; the answers that were owed do not. */
  private restart(): void {
    this.membership.stop(this.group)
    this.group = ClassicGroup.restore('g', throughRecord(this.written))
    for (const member of this.group.members.values()) this.membership.keepAlive(this.group, member)
  }

  private news(): string[] {
    const now = `=> ${this.group.state}, generation ${this.group.generation}`
    if (now === this.told) return []
    this.told = now
    return [now]
  }
}
