import { describe, expect, it } from 'vitest'
import { BrokerConfig } from '../../../src/config/broker.ts'
import { validateGroupConfigs } from '../../../src/server/controller/group-configs.ts'

const broker = new BrokerConfig({ 'group.streams.max.standby.replicas': '3' })
const check = (text: string) =>
  validateGroupConfigs(new Map(text.split(' ').map((pair) => pair.split('=') as [string, string])), broker)

describe('the properties of a group', () => {
  it.each([
    'consumer.session.timeout.ms=50000 consumer.heartbeat.interval.ms=6000',
    'share.auto.offset.reset=by_duration:PT1H share.isolation.level=read_committed',
    'share.auto.offset.reset=latest share.renew.acknowledge.enable=false',
    'streams.num.standby.replicas=3',
  ])('are taken: %s', (text) => expect(() => check(text)).not.toThrow())

  // What Apache's broker 4.3.1 answers.
  it.each([
    ['nope=1', 'Unknown group config name: nope'],
    [
      'consumer.session.timeout.ms=1',
      'consumer.session.timeout.ms must be greater than or equal to group.consumer.min.session.timeout.ms',
    ],
    [
      'share.delivery.count.limit=11',
      'share.delivery.count.limit must be less than or equal to group.share.max.delivery.count.limit',
    ],
    [
      'streams.num.standby.replicas=4',
      'streams.num.standby.replicas must be less than or equal to group.streams.max.standby.replicas',
    ],
    [
      'share.record.lock.duration.ms=1',
      'Invalid value 1 for configuration share.record.lock.duration.ms: Value must be at least 1000',
    ],
    [
      'share.auto.offset.reset=by_duration:x',
      "Invalid value by_duration:x for configuration share.auto.offset.reset: Invalid value `by_duration:x` for configuration share.auto.offset.reset. The value must be either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'.",
    ],
  ])('are refused: %s', (text, sentence) => expect(() => check(text)).toThrow(sentence))
})
