import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isBuilt, runBuilt } from '../support/built-commands.ts'
import { TestRegistry } from '../support/schema-registry.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/**
 * Confluent's serializers and deserializers for Python on one side, our console tools on the other. The registry is a stand-in: the ones that
 * Python packages bring are not in its index.
 */
const hasPython = await execa('python3', ['--version'], { reject: false }).then(({ exitCode }) => exitCode === 0)
const built = isBuilt()

const SCHEMA = JSON.stringify({
  type: 'record',
  name: 'Event',
  namespace: 'shop',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
    { name: 'note', type: ['null', 'string'], default: null },
  ],
})

const PYTHON = `
import sys, json, decimal
from confluent_kafka import Producer, Consumer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer, AvroDeserializer
from confluent_kafka.schema_registry.json_schema import JSONSerializer, JSONDeserializer
from confluent_kafka.serialization import SerializationContext, MessageField
bootstrap, url, avro, schema = sys.argv[1:]
registry = SchemaRegistryClient({'url': url})
def at(topic): return SerializationContext(topic, MessageField.VALUE)
p = Producer({'bootstrap.servers': bootstrap})
p.produce('from-python', AvroSerializer(registry, avro)({'id': 7, 'price': decimal.Decimal('12.34'), 'note': 'grüß'}, at('from-python')))
p.produce('json-from-python', JSONSerializer(schema, registry)({'id': 3}, at('json-from-python')))
p.flush(20)
c = Consumer({'bootstrap.servers': bootstrap, 'group.id': 'python', 'auto.offset.reset': 'earliest'})
c.subscribe(['to-python'])
m = c.poll(20)
assert m is not None and m.error() is None
value = AvroDeserializer(registry, avro)(m.value(), at('to-python'))
c.close()
print(json.dumps(value, default=str))
`

let server: TestServer
let registry: TestRegistry
const dir = mkdtempSync(join(tmpdir(), 'kafka-schemas-'))
const kafka = (args: string, input = '') => runBuilt(server.bootstrap, args, input)

beforeAll(async () => {
  registry = await TestRegistry.start()
  server = await startTestServer()
})
afterAll(async () => {
  registry?.close()
  await server?.close()
  rmSync(dir, { recursive: true, force: true })
})

describe.skipIf(!hasPython || !built)("Confluent's client for Python", () => {
  it('reads what console-producer writes, and writes what console-consumer reads', async () => {
    const venv = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'kafka-toolset-python-schemas')
    const python = join(venv, 'bin', 'python')
    if (!existsSync(join(venv, '.complete'))) {
      await execa('python3', ['-m', 'venv', venv])
      await execa(python, ['-m', 'pip', 'install', '-q', 'confluent-kafka[avro,json,schemaregistry]'])
      await execa('touch', [join(venv, '.complete')])
    }
    for (const topic of ['from-python', 'json-from-python', 'to-python'])
      await kafka(`topics create ${topic} --partitions 1`)
    const file = join(dir, 'event.avsc')
    writeFileSync(file, SCHEMA)
    const at = `--schema-registry ${registry.url}`
    const written = await kafka(
      `console-producer to-python ${at} --value-schema ${file}`,
      '{"id":1,"price":"0.05","note":null}',
    )
    expect(written).toMatchObject({ code: 0, err: '' })
    const schema = '{"title":"T","type":"object","properties":{"id":{"type":"integer"}}}'
    const { stdout } = await execa(python, ['-c', PYTHON, server.bootstrap, registry.url, SCHEMA, schema], {
      timeout: 60_000,
    })
    expect(JSON.parse(stdout)).toEqual({ id: 1, price: '0.05', note: null })
    expect((await kafka(`console-consumer from-python ${at} --until-end`)).out).toBe(
      '{"id":7,"price":"12.34","note":{"string":"grüß"}}',
    )
    expect((await kafka(`console-consumer json-from-python ${at} --until-end`)).out).toBe('{"id":3}')
  }, 180_000)
})
