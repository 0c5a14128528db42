import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isBuilt, runBuilt } from '../support/built-commands.ts'
import { TestRegistry } from '../support/schema-registry.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { staticallyReached } from '../support/static-imports.ts'

const built = isBuilt()

let server: TestServer
let registry: TestRegistry
const dir = mkdtempSync(join(tmpdir(), 'kafka-schemas-'))
const kafka = (args: string, input = '', env: Record<string, string> = {}) =>
  runBuilt(server.bootstrap, args, input, { XDG_CONFIG_HOME: dir, ...env })
const file = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text)
  return join(dir, name)
}

const AVRO = JSON.stringify({
  type: 'record',
  name: 'Event',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'note', type: ['null', 'string'], default: null },
  ],
})
const PROTO =
  'syntax = "proto3";\npackage shop;\nimport "unit.proto";\nmessage Reading {\n  int64 id = 1;\n  Unit unit = 2;\n}\n'
const UNIT = 'syntax = "proto3";\npackage shop;\nenum Unit {\n  NONE = 0;\n  KELVIN = 1;\n}\n'

beforeAll(async () => {
  registry = await TestRegistry.start()
  server = await startTestServer()
  for (const topic of ['avro', 'copy', 'json', 'proto', 'local', 'keys', 'bad', 'locked', 'refs', 'prices', 'paid'])
    await kafka(`topics create ${topic} --partitions 1`)
})
afterAll(async () => {
  registry?.close()
  await server?.close()
  rmSync(dir, { recursive: true, force: true })
})

describe.skipIf(!built)('schemas', () => {
  const at = () => `--schema-registry ${registry.url}`

  it('of Avro are registered, and records come back as they went', async () => {
    const avsc = file('event.avsc', AVRO)
    const input = '{"id":1}\n{"id":"9007199254740993","note":{"string":"x"}}\n'
    expect(await kafka(`console-producer avro ${at()} --value-schema ${avsc}`, input)).toMatchObject({
      code: 0,
      err: '',
    })
    expect(registry.subjects.get('avro-value')).toEqual([{ id: 1, schema: AVRO }])
    const lines = '{"id":1,"note":null}\n{"id":"9007199254740993","note":{"string":"x"}}'
    expect(await kafka(`console-consumer avro ${at()} --until-end`)).toEqual({ code: 0, out: lines, err: '' })
    const json = (await kafka(`console-consumer avro ${at()} --until-end --json`)).out
    expect(json.split('\n').map((line) => JSON.parse(line).value)).toEqual(
      lines.split('\n').map((line) => JSON.parse(line)),
    )
    const copied = await kafka(`console-producer copy ${at()} --value-subject avro-value --input json`, json)
    expect(copied).toMatchObject({ code: 0, err: '' })
    const bytes = async (topic: string) =>
      (await kafka(`console-consumer ${topic} --until-end -o csv --no-headers`)).out.replaceAll(topic, 'T')
    expect(await bytes('copy')).toBe(await bytes('avro'))
    expect((await kafka(`console-consumer avro ${at()} --until-end --format %o=%v --grep string`)).out).toBe(
      '1={"id":"9007199254740993","note":{"string":"x"}}',
    )
  })

  it('of Protobuf and JSON Schema have values and keys', async () => {
    registry.register('unit', { schema: UNIT, schemaType: 'PROTOBUF' })
    const references = [{ name: 'unit.proto', subject: 'unit', version: 1 }]
    const id = registry.register('reading', { schema: PROTO, schemaType: 'PROTOBUF', references })
    const reading = '{"id":"7","unit":"KELVIN"}'
    expect(await kafka(`console-producer proto ${at()} --value-schema-id ${id}`, reading)).toMatchObject({
      code: 0,
      err: '',
    })
    expect((await kafka(`console-consumer proto ${at()} --until-end`)).out).toBe(reading)

    const schema = file('key.json', '{"type":"object","required":["k"]}')
    const line = '{"k":1}|{"id":7}'
    const keyed = `console-producer keys ${at()} --key-schema ${schema} --value-schema-id 1 -k |`
    expect(await kafka(keyed, line)).toMatchObject({ code: 0, err: '' })
    const out = await kafka(`console-consumer keys ${at()} --key-deserializer schema --until-end --print key`)
    expect(out).toEqual({ code: 0, out: '{"k":1}\t{"id":7,"note":null}', err: '' })
    expect(await kafka(keyed, '{"x":1}|{"id":7}')).toMatchObject({
      code: 1,
      err: "Line 1: the key does not fit its JSON Schema: it must have required property 'k'.",
    })
  })

  it('of a local file need no registry', async () => {
    const proto = file('reading.proto', PROTO)
    file('unit.proto', UNIT)
    const flags = `--proto ${proto} --proto-message shop.Reading`
    expect(await kafka(`console-producer local ${flags}`, '{"unit":"KELVIN"}')).toMatchObject({ code: 0, err: '' })
    expect(await kafka('console-consumer local --until-end --format %V')).toMatchObject({ out: '2' })
    expect(await kafka(`console-consumer local ${flags} --until-end`)).toMatchObject({
      out: '{"unit":"KELVIN"}',
      err: '',
    })
    expect(await kafka(`console-consumer local ${flags}x --until-end`)).toMatchObject({
      code: 1,
      err: 'There is no message shop.Readingx in the schema.',
    })
    expect((await kafka(`console-consumer local ${flags} --proto-path /nowhere --until-end`)).err).toBe(
      `${proto} imports unit.proto, which is not in /nowhere: --proto-path names its folder.`,
    )
  })

  it('that cannot be had, or do not fit, are told in one sentence', async () => {
    await kafka('console-producer bad', '{"plain":"text"}\n')
    const framed = { valueBase64: Buffer.from('00000003e702', 'hex').toString('base64') }
    expect(await kafka(`console-consumer bad ${at()} --until-end`)).toEqual({
      code: 1,
      out: '',
      err: "Offset 0 of bad-0: it is not in a schema registry's format: it begins with byte 0x7b, not with 0.",
    })
    await kafka('console-producer bad --input json', JSON.stringify(framed))
    expect(await kafka(`console-consumer bad ${at()} --partition 0 --offset 1`)).toEqual({
      code: 1,
      out: '',
      err: `Offset 1 of bad-0: The schema registry at ${registry.url} knows no schema 999.`,
    })
    const gone = await TestRegistry.start()
    const none = gone.url
    gone.close()
    expect(await kafka(`console-producer bad --schema-registry ${none}`, '{}')).toEqual({
      code: 1,
      out: '',
      err: `The schema registry at ${none} cannot be reached: connect ECONNREFUSED ${none.slice(7)}.`,
    })
    expect((await kafka(`console-producer bad ${at()}`, '{}')).err).toBe(
      `The schema registry at ${registry.url} knows no subject bad-value.`,
    )
    expect(await kafka(`console-producer avro ${at()}`, '{"id":1}\n{"id":"x"}\n')).toMatchObject({
      code: 1,
      err: 'Line 2: the value does not fit its Avro schema: id: "x" is no long.',
    })
    expect(
      await kafka(`console-producer avro ${at()} --input json`, '{"value":{"id":12345678901234567890}}'),
    ).toMatchObject({
      code: 1,
      err: 'Line 1 is no record: has 12345678901234567890, which would lose digits: write it as text.',
    })
    const incompatible = file('i.avsc', '{"type":"record","name":"incompatible","fields":[]}')
    expect((await kafka(`console-producer avro ${at()} --value-schema ${incompatible}`, '{}')).err).toBe(
      'Subject avro-value does not take the schema: Schema being registered is incompatible with an earlier schema',
    )
    expect(await kafka('console-consumer bad --value-deserializer schema')).toMatchObject({ code: 2 })
  })

  it('are asked for by who may ask', async () => {
    registry.lock = `Basic ${Buffer.from('me:secret').toString('base64')}`
    try {
      await kafka(`console-consumer avro ${at()} --until-end`).then(({ code, err }) => {
        expect(code).toBe(1)
        expect(err).toContain(`The schema registry at ${registry.url} refuses (401)`)
      })
      const env = { KAFKA_SCHEMA_REGISTRY: registry.url, KAFKA_SCHEMA_REGISTRY_USER: 'me:secret' }
      const read = 'console-consumer avro --value-deserializer schema --until-end -n 1'
      expect(await kafka(read, '', env)).toMatchObject({ code: 0, out: '{"id":1,"note":null}' })
      expect(await kafka(`${read} ${at()} --schema-registry-user me:secret`)).toMatchObject({ code: 0 })
      await kafka(
        `profile set sr -b ${server.bootstrap} schema.registry.url=${registry.url} basic.auth.user.info=me:secret`,
      )
      expect((await kafka('profile show sr')).out).not.toContain('secret')
      expect(await kafka(`${read} -P sr`)).toMatchObject({ code: 0 })
      registry.lock = 'Bearer abc'
      expect(await kafka(`${read} ${at()} --schema-registry-token abc`)).toMatchObject({ code: 0 })
      // What a profile knows of its own registry is not told to another.
      registry.authorizations.length = 0
      await kafka(`${read} -P sr ${at()}`)
      expect(registry.authorizations).toEqual([undefined])
    } finally {
      registry.lock = undefined
    }
  })

  it("are read and written by the names of Confluent's classes", async () => {
    const servers = `--bootstrap-server ${server.bootstrap} --topic classic`
    const property = `--property schema.registry.url=${registry.url}`
    const name = 'io.confluent.kafka.formatter.AvroMessage'
    const schema = '--property value.schema="string" --property parse.key=true --property key.schema="int"'
    const produced = await kafka(
      `console-producer ${servers} --line-reader ${name}Reader ${property} ${schema}`,
      '5\t"x"\n',
    )
    expect(produced).toMatchObject({ code: 0, err: '' })
    const consumer = `console-consumer ${servers} --formatter ${name}Formatter ${property} --property print.key=true`
    const read = await kafka(`${consumer} --from-beginning --max-messages 1`)
    expect(read).toMatchObject({ code: 0, out: expect.stringMatching(/5\t"x"$/) })
    expect(await kafka(`console-consumer ${servers} --formatter ${name}Formatter`)).toMatchObject({
      code: 1,
      err: 'Missing schema registry url!',
    })
  })

  it('that refer to others are registered with where those are', async () => {
    const [unit, money] = [
      'syntax = "proto3";\npackage common;\nenum Unit { NONE = 0; KELVIN = 1; }\n',
      '{"type":"record","name":"Money","namespace":"common","fields":[{"name":"cents","type":"long"}]}',
    ]
    registry.register('units', { schema: unit, schemaType: 'PROTOBUF' })
    registry.register('money', { schema: '{"type":"string"}' })
    registry.register('money', { schema: money })
    const proto = file(
      'measured.proto',
      'syntax = "proto3";\nimport "common/unit.proto";\nmessage Measured { common.Unit unit = 1; }\n',
    )
    const made = await kafka(
      `console-producer refs ${at()} --value-schema ${proto} --value-reference common/unit.proto=units`,
      '{"unit":"KELVIN"}\n',
    )
    expect(made).toMatchObject({ code: 0, err: '' })
    expect(registry.subjects.get('refs-value')).toMatchObject([
      { references: [{ name: 'common/unit.proto', subject: 'units', version: 1 }] },
    ])
    expect((await kafka(`console-consumer refs ${at()} --until-end`)).out).toBe('{"unit":"KELVIN"}')

    const avsc = file('price.avsc', '{"type":"record","name":"Price","fields":[{"name":"is","type":"common.Money"}]}')
    const avro = await kafka(
      `console-producer prices ${at()} --value-schema ${avsc} --value-reference common.Money=money:2`,
      '{"is":{"cents":5}}\n',
    )
    expect(avro).toMatchObject({ code: 0, err: '' })
    expect(registry.subjects.get('prices-value')).toMatchObject([
      { references: [{ name: 'common.Money', subject: 'money', version: 2 }] },
    ])
    expect((await kafka(`console-consumer prices ${at()} --until-end`)).out).toBe('{"is":{"cents":5}}')

    const refs = file('refs.json', '[{"name":"common.Money","subject":"money","version":-1}]')
    const reader = '--line-reader io.confluent.kafka.formatter.AvroMessageReader'
    const classic = await kafka(
      `kafka-console-producer --bootstrap-server ${server.bootstrap} --topic paid ${reader} --property schema.registry.url=${registry.url} --property value.schema.file=${avsc} --property value.refs.file=${refs}`,
      '{"is":{"cents":6}}\n',
    )
    expect(classic).toMatchObject({ code: 0 })
    expect(registry.subjects.get('paid-value')).toEqual(registry.subjects.get('prices-value'))
    const lost = await kafka(
      `console-producer refs ${at()} --value-schema ${proto} --value-reference common/unit.proto=none`,
      '{}\n',
    )
    expect(lost).toMatchObject({ code: 1, err: `The schema registry at ${registry.url} knows no subject none.` })
    const odd = await kafka(`console-producer refs ${at()} --value-schema ${proto} --value-reference unit`, '{}\n')
    expect(odd.err).toContain('A reference is NAME=SUBJECT')
  })

  it('are not loaded where nobody asks for them', async () => {
    const reached = await staticallyReached('src/commands/console-consumer.ts')
    expect(reached.filter((file) => /node_modules\/(avsc|protobufjs|ajv)\//.test(file))).toEqual([])
  })
})
