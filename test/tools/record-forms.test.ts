import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createDeserializer } from '../../src/tools/console/deserializers.ts'
import { createRecordForm } from '../../src/tools/console/record-forms.ts'
import { formatted, type Sample } from '../support/printable.ts'

const sample: Sample = {
  key: 'k',
  value: Buffer.from([0xff]),
  headers: [
    ['h', 'v'],
    ['h', null],
  ],
}
const value = {
  topic: 't',
  partition: 2,
  offset: 7,
  timestamp: 1000,
  timestampType: 'CreateTime',
  headers: [
    { key: 'h', value: 'v' },
    { key: 'h', value: null },
  ],
  key: 'k',
  valueBase64: '/w==',
}

describe('records for programs', () => {
  it('are lines of JSON', async () => {
    expect(JSON.parse(formatted(await createRecordForm('json', {}), sample))).toEqual(value)
  })

  it('are documents of YAML', async () => {
    const text = formatted(await createRecordForm('yaml', {}), sample)
    expect(text.startsWith('---\n')).toBe(true)
    expect(parse(text)).toEqual(value)
  })

  it('are rows of CSV under one header, where null and the empty text differ', async () => {
    const form = await createRecordForm('csv', {})
    expect(formatted(form, { key: '', value: 'a,"b"' }) + formatted(form, { value: null })).toBe(
      'topic,partition,offset,timestamp,key,value,headers\nt,2,7,1000,"","a,""b""",\nt,2,7,1000,,,\n',
    )
    expect(formatted(await createRecordForm('csv', {}, false), sample)).toBe(
      't,2,7,1000,k,/w==,"[{""key"":""h"",""value"":""v""},{""key"":""h"",""value"":null}]"\n',
    )
  })

  it('are read with deserializers', async () => {
    const eight = { value: Buffer.from('0000000000000005', 'hex') }
    expect(
      JSON.parse(formatted(await createRecordForm('json', { value: createDeserializer('long', {}, 'value') }), eight)),
    ).toMatchObject({
      value: '5',
    })
  })
  it('leave JSON as it is', async () => {
    const form = await createRecordForm('json', { value: (bytes) => bytes, json: new Set(['value'] as const) })
    const big = '{"n":12345678901234567890}'
    expect(formatted(form, { key: Buffer.from('k'), value: Buffer.from(big) })).toContain(`"key":"k","value":${big}}`)
  })
})
