import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { classicTools } from '../../src/cli/classic/registry.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { runClassic } from '../support/test-console.ts'

/** Tools for operators in Apache's spelling, at a node in this process. Apache's texts are held against ours in compat/tools.compat.test.ts. */
let server: TestServer
const folder = mkdtempSync(join(tmpdir(), 'operator-tools-'))

beforeAll(async () => {
  server = await startTestServer()
  await run('topics', '--create --topic t --partitions 2 --config retention.ms=1000')
  await run(
    'console-producer',
    '--topic t --reader-property parse.key=true --reader-property key.separator=:',
    'k:a\nk:b\n',
  )
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

async function run(tool: string, args: string, input?: string) {
  const words = args.split(' ').filter((word) => word !== '')
  const { main } = await classicTools[tool]!()
  return runClassic({ main }, ['--bootstrap-server', server.bootstrap, ...words], { input })
}

describe('tools for operators', () => {
  it('are refused delegation tokens where nobody logs in, in the words of Apache', async () => {
    const file = join(folder, 'empty.properties')
    writeFileSync(file, '')
    const refused =
      'org.apache.kafka.common.errors.UnsupportedByAuthenticationException: Delegation Token requests are not allowed on PLAINTEXT/1-way SSL channels and on delegation token authenticated channels.\n'
    for (const [args, first] of [
      ['--describe', 'Calling describe token operation for current user.\n'],
      [
        '--create --max-life-time-period -1',
        'Calling create token operation with renewers :[] , max-life-time-period :-1\n',
      ],
      [
        '--renew --hmac AAAA --renew-time-period 5',
        'Calling renew token operation with hmac :AAAA , renew-time-period :5\n',
      ],
    ] as const)
      expect(await run('delegation-tokens', `--command-config ${file} ${args}`)).toEqual({
        code: 1,
        out: first,
        err: refused,
      })
  })

  it('say what a login lacks', async () => {
    const file = join(folder, 'login.properties')
    const login = 'x.PlainLoginModule required username="a" password="b";'
    writeFileSync(file, `security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.jaas.config=${login}\n`)
    const listed = await run('topics', `--list --command-config ${file}`)
    expect(listed.out).toMatch(/^Error while executing topic command : 127\.0\.0\.1:\d+ takes no login \(SASL\): set /)
  })

  it('show offsets and delete records', async () => {
    const before = await run('get-offsets', '--topic t')
    expect(before.code).toBe(0)
    const ends = before.out
      .trim()
      .split('\n')
      .map((line) => Number(line.split(':')[2]))
    expect(ends.toSorted()).toEqual([0, 2])
    const full = ends.indexOf(2)
    const path = join(folder, 'plan.json')
    const plan = (offset: number) =>
      writeFileSync(path, JSON.stringify({ partitions: [{ topic: 't', partition: full, offset }], version: 1 }))
    plan(1)
    expect((await run('delete-records', `--offset-json-file ${path}`)).out).toBe(
      `Executing records delete operation\nRecords delete operation completed:\npartition: t-${full}\tlow_watermark: 1\n`,
    )
    expect((await run('get-offsets', `--topic-partitions t:${full} --time earliest`)).out).toBe(`t:${full}:1\n`)
    plan(9)
    expect((await run('delete-records', `--offset-json-file ${path}`)).code).toBe(1)
  })

  it('describe and alter quotas and credentials', async () => {
    const alter = (entity: string, add: string) => run('configs', `--alter ${entity} --add-config ${add}`)
    await alter('--user alice --client c1', 'producer_byte_rate=1024')
    await alter('--user-defaults', 'request_percentage=12345678.125')
    expect((await alter('--user alice', 'SCRAM-SHA-512=[iterations=8192,password=a=b,c]')).code).toBe(0)
    expect((await run('configs', '--describe --entity-type users')).out).toBe(
      "Quota configs for the default user-principal are request_percentage=1.2345678125E7\nSCRAM credential configs for user-principal 'alice' are SCRAM-SHA-512=iterations=8192\n",
    )
    expect((await run('configs', '--describe --entity-type users --entity-type clients')).out).toBe(
      "Quota configs for user-principal 'alice', client-id 'c1' are producer_byte_rate=1024.0\n",
    )
    expect((await alter('--user alice', 'nope=1')).err).toBe(
      "Only quota and SCRAM credential configs can be added for 'users' using --bootstrap-server. Unexpected config names: Set(nope)\n",
    )
  })

  it('describe and alter properties', async () => {
    const own = '  retention.ms=1000 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:retention.ms=1000}\n'
    expect((await run('configs', '--describe --topic t')).out).toBe(`Dynamic configs for topic t are:\n${own}`)
    expect(await run('configs', '--alter --topic t --add-config retention.ms=x')).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /^Error while executing config command with args '.*'\nInvalid value x for configuration/,
      ),
    })
    const added = 'cleanup.policy=[compact,delete],segment.ms=5000'
    expect((await run('configs', `--alter --topic t --add-config ${added} --delete-config retention.ms`)).out).toBe(
      'Completed updating config for topic t.\n',
    )
    const { out } = await run('configs', '--describe --topic t')
    expect(out).toMatch(/^Dynamic.*\n {2}cleanup\.policy=compact,delete .*\n {2}segment\.ms=5000 .*\n$/)
    expect(await run('configs', '--describe --topic zz')).toMatchObject({
      code: 1,
      out: "The topic 'zz' doesn't exist and doesn't have dynamic config.\n",
    })
  })

  it('show the cluster', async () => {
    expect((await run('broker-api-versions', '')).out).toMatch(
      /^127\.0\.0\.1:\d+ \(id: 1 rack: null isFenced: false\) -> \(\n\tProduce\(0\): \d to 13 \[usable: 13\],\n/,
    )
    expect((await run('metadata-quorum', 'describe --status')).out).toMatch(/\nLeaderId: {15}1\n/)
    expect((await run('metadata-quorum', 'describe --replication')).out).toMatch(
      /\n1 +\t\S{22}\t\d+ *\t0 +\t.*Leader\t\n$/,
    )
    const { main } = await classicTools.cluster!()
    const cluster = await runClassic({ main }, ['cluster-id', '--bootstrap-server', server.bootstrap])
    expect(cluster.out).toMatch(/^Cluster ID: \S{22}\n$/)
    const dirs = (await run('log-dirs', '--describe --topic-list t')).out.split('\n')
    const { brokers } = JSON.parse(dirs[2] as string)
    expect(brokers[0].logDirs[0].partitions).toHaveLength(2)
    expect((await run('groups', '--list')).out).toBe(
      `${['GROUP', 'TYPE', 'PROTOCOL'].map((title) => title.padEnd(20)).join(' ')}\n`,
    )
  })

  it('do not hide what is missing', async () => {
    expect((await run('metadata-quorum', 'remove-controller -i 1 -d x')).code).toBe(1)
  })
})
