import { afterAll, beforeAll, describe, it } from 'vitest'
import { apacheMissing } from '../support/apache.ts'
import { sameThrice, stepsOf } from '../support/compare-tools.ts'
import { Twin } from '../support/twin.ts'

/** Quotas, credentials and subscriptions to clients' metrics, with Apache's tools and ours, at Apache's broker and at ours. */
const missing = apacheMissing()
if (missing) console.warn(`the comparison of quotas is skipped: ${missing}`)

const PORT = 22_320
const configs: readonly string[] = [
  '--describe --entity-type users',
  '--alter --user alice --add-config producer_byte_rate=1024,request_percentage=0.5,controller_mutation_rate=12345678.125',
  '--alter --user-defaults --add-config request_percentage=200',
  "--alter --user '' --add-config producer_byte_rate=1d",
  '--alter --user carol --add-config consumer_byte_rate=99999999999',
  '--alter --entity-type users --entity-name alice --entity-type clients --entity-name c1 --add-config producer_byte_rate=55',
  '--alter --entity-type clients --entity-default --entity-type users --entity-name alice --add-config controller_mutation_rate=0.001',
  '--alter --user bob --client-defaults --add-config controller_mutation_rate=7',
  '--alter --client c1 --add-config consumer_byte_rate=7',
  // More than these lines make: a broker would close what comes sooner.
  '--alter --ip 127.0.0.1 --add-config connection_creation_rate=1000',
  '--alter --ip-defaults --add-config connection_creation_rate=2000',
  '--alter --user zoe --add-config SCRAM-SHA-512=[iterations=4097,password=a=b,c]',
  '--alter --user alice --add-config SCRAM-SHA-256=[password=secret,iterations=9999]',
  '--alter --user dave --add-config SCRAM-SHA-512=[iterations=-1,password=x]',
  '--describe --entity-type users',
  '--describe --user alice',
  '--describe --user nobody',
  "--describe --user ''",
  '--describe --entity-type clients',
  '--describe --client c1 --user alice',
  '--describe --entity-type users --entity-type clients',
  '--describe --entity-type users --entity-name alice --entity-type clients',
  '--describe --entity-type clients --entity-type users --entity-name alice',
  '--describe --entity-type ips',
  '--describe --ip 127.0.0.1 --all',
  '--describe --user alice --entity-default',
  '--describe --entity-type users --entity-name alice --entity-default',
  '--alter --user alice --add-config producer_byte_rate=2048.5',
  '--alter --user alice --add-config producer_byte_rate=1e20',
  '--alter --user alice --add-config producer_byte_rate=-1',
  '--alter --user alice --add-config producer_byte_rate=x',
  '--alter --user alice --add-config nope=1',
  '--alter --user alice --delete-config nope,producer_byte_rate',
  '--alter --user alice --delete-config consumer_byte_rate',
  '--alter --user alice --add-config producer_byte_rate=x --delete-config consumer_byte_rate',
  '--alter --user alice --add-config nope=1 --delete-config nope2',
  '--alter --user alice --add-config producer_byte_rate=5,SCRAM-SHA-256=[password=x]',
  '--alter --user alice --add-config SCRAM-SHA-256=nope,producer_byte_rate=1',
  '--alter --user alice --add-config SCRAM-SHA-256=[password=x],SCRAM-SHA-512=[password=x]',
  '--alter --user alice --add-config SCRAM-SHA-256=[iterations=100,password=x]',
  '--alter --user alice --add-config SCRAM-SHA-256=[iterations=,password=x]',
  '--alter --user alice --add-config SCRAM-SHA-256=[iterations=99999999999,password=x]',
  '--alter --user alice --add-config SCRAM-SHA-256=[iterations=100000,password=x]',
  '--alter --user alice --add-config SCRAM-SHA-256=[iterations=8192]',
  '--alter --user alice --add-config SCRAM-SHA-256=[password=]',
  '--alter --user alice --delete-config SCRAM-SHA-512',
  '--alter --user alice --client c --add-config SCRAM-SHA-256=[password=x]',
  '--alter --user-defaults --add-config SCRAM-SHA-256=[password=x]',
  '--alter --user-defaults --add-config SCRAM-SHA-1=[password=x]',
  '--alter --entity-type users --entity-type clients --entity-name a --add-config producer_byte_rate=1',
  '--alter --ip no.such.host.invalid --add-config connection_creation_rate=1',
  '--alter --ip 127.0.0.1 --add-config nope=1,connection_creation_rate=1',
  '--alter --ip 127.0.0.1 --delete-config nope',
  '--alter --ip 127.0.0.1 --add-config connection_creation_rate=2147483648',
]
const clientMetrics: readonly string[] = [
  '--list',
  '--describe',
  '--alter --name m1 --metrics org.apache.kafka.producer.,org.apache.kafka.consumer. --interval 60000',
  '--alter --name m1 --match client_id=a.*,client_software_name=x',
  "--alter --name m2 --metrics * --interval ''",
  '--alter --name m2 --interval x',
  '--alter --name m2 --interval 5',
  '--alter --name m2 --match client_id',
  '--alter --name m2 --match nope=1',
  '--alter --name m2 --match client_id=[',
  "--alter --name '' --interval 1000",
  '--alter --interval 1000',
  '--alter --generate-name --name x --interval 1000',
  '--describe',
  '--describe --name m1',
  '--list',
  '--delete --name m2',
  '--delete --name nope',
  "--delete --name ''",
  '--delete',
  '--delete --name m1 --interval 5',
  '--list --name m1',
  '--list --alter',
  '',
  '--help',
  '--nope',
]
/** What can be done only once. */
const changes: readonly string[] = [
  '--alter --user alice --delete-config producer_byte_rate,request_percentage',
  '--alter --user alice --delete-config SCRAM-SHA-256',
  '--alter --ip 127.0.0.1 --delete-config connection_creation_rate',
]

/** In what order a broker answers is chance where two entities, or two quotas, have the same place in Java's map. */
const blur = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.replace(/(?<=^Quota configs .* are ).*/, (list) => list.split(', ').sort().join(', ')))
    .sort()
    .join('\n')

let twin: Twin
beforeAll(async () => {
  if (!missing) twin = await Twin.start(PORT, {})
}, 120_000)
afterAll(() => twin?.close())

describe.skipIf(missing)('kafka-configs with users, clients and ips', () => {
  it.each(stepsOf({ configs }))('$args', (step) => sameThrice(step, PORT, { blur }), 60_000)
  it.each(stepsOf({ 'client-metrics': clientMetrics }))('$tool $args', (step) => sameThrice(step, PORT), 60_000)
  it.each(stepsOf({ configs: changes }))(
    'once: $args',
    (step) => sameThrice(step, PORT, { changes: true, blur }),
    60_000,
  )
})
