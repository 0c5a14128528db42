import { Ajv } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Codec, SchemaText } from './schema.ts'

/** Values are JSON as it stands; what is written must be valid. `format` is not looked at. */
export function jsonSchemaCodec({ text, imports }: SchemaText): Codec {
  let check: ReturnType<typeof validator> | undefined
  return {
    decode(payload) {
      const json = payload.toString()
      try {
        JSON.parse(json)
      } catch {
        throw new Error('it is no JSON.')
      }
      // A line break in JSON stands between its parts only.
      return json.replace(/\s*[\r\n]+\s*/g, ' ').trim()
    },
    encode(value) {
      check ??= validator(text, imports)
      if (!check(value)) {
        const [first] = check.errors ?? []
        const where = first?.instancePath ? `${first.instancePath.slice(1).replaceAll('/', '.')}: ` : ''
        throw new Error(`does not fit its JSON Schema: ${where}it ${first?.message}.`)
      }
      return Buffer.from(JSON.stringify(value))
    },
  }
}

function validator(text: string, imports: SchemaText['imports']) {
  const schema = JSON.parse(text)
  const ajv = newAjv(String(schema.$schema ?? ''))
  for (const { name, text: imported } of imports)
    ajv.addSchema({ ...JSON.parse(imported), $schema: undefined, $id: undefined }, name)
  return ajv.compile({ ...schema, $id: undefined, $schema: undefined })
}

/** By the draft that the schema names; 7, which most have, where it names none. Schemas of draft 4 are read as draft 7. */
function newAjv(draft: string): Ajv {
  const options = { strict: false, validateFormats: false, allErrors: false, logger: false } as const
  if (draft.includes('2019-09')) return new Ajv2019(options)
  if (draft.includes('2020-12')) return new Ajv2020(options)
  return new Ajv(options)
}
